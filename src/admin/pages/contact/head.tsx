import type { ComponentChildren } from "preact";
import type { ContactCard } from "../../../contract/admin/contact-card.ts";
import type { ApiError } from "../../api.ts";
import { href } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Copyable } from "../../ui/copy.tsx";
import { Empty, Failure, Status, Time } from "../../ui/parts.tsx";
import { firstAddress, initialsOf, nameOf } from "../contacts/name.ts";

export const nameOfCard = (card: ContactCard): string =>
  nameOf(card, firstAddress(card.channels) ?? card.externalCustomerId);

interface HeadProps {
  readonly card: ContactCard;
  /** Beside a list, the list has the screen's heading. */
  readonly heading: "h1" | "h2";
  readonly children?: ComponentChildren;
}

/** Who it is, in one line, and whether it was deleted. */
export function ContactHead({ card, heading: Heading, children }: HeadProps) {
  const name = nameOfCard(card);
  return (
    <>
      <header class="contact-head">
        <span class="avatar large" aria-hidden="true">
          {initialsOf(name)}
        </span>
        <div class="contact-name">
          <Heading tabIndex={-1}>
            <bdi>{name}</bdi>
          </Heading>
          <p class="small muted">
            {t("contact.id")} <Copyable text={String(card.id)} />
            {card.status === "deleted" && <Status status={card.status} />}
          </p>
        </div>
        {children}
      </header>
      {card.status === "deleted" && card.deletedAt !== null && (
        <p class="note warn">
          <span>
            {t("contact.deleted.before")} <Time at={card.deletedAt} />.{" "}
            {card.externalCustomerId !== null && t("contact.deleted.after")}
          </span>
        </p>
      )}
    </>
  );
}

interface MissingProps {
  readonly error: ApiError;
  readonly retry: () => void;
  /** It stands for the whole screen. */
  readonly alone?: true;
}

export function MissingContact({ error, retry, alone }: MissingProps) {
  if (error.status !== 404 && error.status !== 410) return <Failure error={error} retry={retry} />;
  const title = t(error.status === 410 ? "contact.erased" : "contact.unknown");
  if (alone !== true) return <Empty icon="person" title={title} />;
  return (
    <Empty alone icon="person" title={title}>
      <a class="button" href={href("/contacts")}>
        {t("contacts.title")}
      </a>
    </Empty>
  );
}
