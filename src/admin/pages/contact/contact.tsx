import { useEffect } from "preact/hooks";
import type { ContactCard } from "../../../contract/admin/contact-card.ts";
import { href, navigate, query } from "../../router.ts";
import { t } from "../../text/index.ts";
import { AsApi } from "../../ui/as-api.tsx";
import { Snippet } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Skeleton } from "../../ui/parts.tsx";
import { useWanted } from "../../ui/resource.ts";
import { Tabs } from "../../ui/tabs.tsx";
import { Acts } from "./acts.tsx";
import { ContactClaims } from "./contact-claims.tsx";
import { ContactHead, MissingContact, nameOfCard } from "./head.tsx";
import { About, IdentityCard } from "./identity-card.tsx";
import { Timeline } from "./timeline.tsx";
import { useTimelineAhead } from "./timeline-ahead.ts";
import { cardWanted } from "./wanted.ts";
import { Why } from "./why.tsx";

const VIEWS = ["timeline", "why", "raw"] as const;
type View = (typeof VIEWS)[number];

export function ContactPage({ id }: { readonly id: number }) {
  useTimelineAhead(id);
  const { value: card, error, reload } = useWanted(cardWanted(id));
  const survivor = card !== undefined && card.id !== id ? card.id : undefined;
  // An old address of a merged contact leads to the one that survived, and Back does not lead into it again.
  useEffect(() => {
    if (survivor !== undefined) navigate(href(`/contacts/${survivor}`, { was: String(id) }), "replace");
  }, [survivor, id]);

  if (error !== undefined) return <MissingContact alone error={error} retry={() => void reload()} />;
  if (card === undefined || survivor !== undefined) return <Skeleton rows={8} />;
  return <Contact card={card} reload={reload} />;
}

function Contact({ card, reload }: { readonly card: ContactCard; reload(): Promise<void> }) {
  const was = query.value.get("was");
  return (
    <>
      <a class="back" href={href("/contacts")}>
        <Icon name="back" />
        {t("contacts.title")}
      </a>
      <ContactHead card={card} heading="h1">
        <Acts card={card} name={nameOfCard(card)} reload={reload} />
      </ContactHead>
      {was !== null && <p class="note">{t("contact.merged", { id: was })}</p>}
      <Body card={card} reload={reload} />
      <AsApi path={`/api/v1/contact/${card.id}`} />
    </>
  );
}

function Body({ card, reload }: { readonly card: ContactCard; reload(): Promise<void> }) {
  const asked = query.value.get("view");
  const view: View = VIEWS.find((name) => name === asked) ?? "timeline";
  const choose = (name: View) =>
    navigate(href(`/contacts/${card.id}`, { view: name === "timeline" ? undefined : name }), "replace");
  return (
    <div class="contact-body">
      <IdentityCard card={card} />
      <div class="contact-main">
        <ContactClaims claims={card.claims} gone={() => void reload()} />
        <Tabs
          id="view"
          label={t("contact.tabs")}
          tabs={VIEWS.map((name) => ({ name, label: t(`contact.tab.${name}`) }))}
          chosen={view}
          choose={choose}
        >
          {view === "timeline" && <Timeline contactId={card.id} />}
          {view === "why" && <Why card={card} changed={() => void reload()} />}
          {view === "raw" && <Snippet text={JSON.stringify(card, null, 2)} />}
        </Tabs>
      </div>
      <About card={card} />
    </div>
  );
}
