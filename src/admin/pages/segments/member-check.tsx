import type { Segment, Verdict } from "../../../contract/segments.ts";
import { api } from "../../api.ts";
import { href, navigate, query } from "../../router.ts";
import { language, t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Failure, Skeleton } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";
import { firstAddress, nameOf } from "../contacts/name.ts";
import { FindContact } from "./find-contact.tsx";

/** Is a certain contact in it, and which condition decides? The contact stands in the address. */
export function MemberCheck({ segment }: { readonly segment: Segment }) {
  const asked = Number(query.value.get("contact"));
  const ask = (contact?: number) =>
    navigate(
      href(`/segments/${segment.id}`, { contact: contact === undefined ? undefined : String(contact) }),
      "replace",
    );
  return (
    <section class="card" aria-labelledby="check-title">
      <h2 id="check-title">{t("segment.check")}</h2>
      {asked > 0 ? (
        <>
          <Answer segmentId={segment.id} contactId={asked} />
          <button type="button" class="link" onClick={() => ask()}>
            {t("segment.check.again")}
          </button>
        </>
      ) : (
        <>
          <p class="muted small">{t("segment.check.hint")}</p>
          <FindContact label={t("segment.check")} found={({ id }) => ask(id)} />
        </>
      )}
    </section>
  );
}

function Answer({ segmentId, contactId }: { readonly segmentId: number; readonly contactId: number }) {
  const { value, error } = useResource(`verdict ${segmentId} ${contactId}`, async () => ({
    verdict: await api.explainMember(segmentId, contactId),
    card: await api.contact(contactId),
  }));
  if (error !== undefined) return <Failure error={error} />;
  if (value === undefined) return <Skeleton rows={2} />;
  const { verdict, card } = value;
  const name = nameOf(card, firstAddress(card.channels) ?? card.externalCustomerId);
  return (
    <div class="verdict">
      <p class={verdict.isMember ? "verdict-yes" : "verdict-no"}>
        <Icon name={verdict.isMember ? "check" : "close"} />
        <a href={href(`/contacts/${verdict.contactId}`)}>
          <bdi>{t(verdict.isMember ? "segment.check.yes" : "segment.check.no", { name })}</bdi>
        </a>
      </p>
      {!verdict.isLive && <p class="small muted">{t("segment.check.deleted")}</p>}
      <ul class="plain verdict-lines">
        {verdict.lines.map((line, index) => (
          <Line key={index} line={line} />
        ))}
      </ul>
    </div>
  );
}

function Line({ line }: { readonly line: Verdict }) {
  return (
    <li class={`depth-${line.depth}${line.holds ? " holds" : ""}${line.group === null ? "" : " of-group"}`}>
      <Icon name={line.holds ? "check" : "close"} />
      <span>
        <bdi>{line.words[language.value]}</bdi>
        <span class="off-screen"> – {t(line.holds ? "segment.check.holds" : "segment.check.fails")}</span>
      </span>
    </li>
  );
}
