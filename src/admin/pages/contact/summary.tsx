import { useEffect } from "preact/hooks";
import { Skeleton } from "../../ui/parts.tsx";
import { useWanted } from "../../ui/resource.ts";
import { ContactClaims } from "./contact-claims.tsx";
import { ContactHead, MissingContact } from "./head.tsx";
import { IdentityCard } from "./identity-card.tsx";
import { Timeline } from "./timeline.tsx";
import { useTimelineAhead } from "./timeline-ahead.ts";
import { cardWanted } from "./wanted.ts";

interface Props {
  readonly id: number;
  /** Says that the contact lives on as another one. */
  moved(id: number): void;
}

/** A contact beside a list: who it is and what it did; the rest has its own page. */
export function ContactSummary({ id, moved }: Props) {
  useTimelineAhead(id);
  const { value: card, error, reload } = useWanted(cardWanted(id));
  const survivor = card !== undefined && card.id !== id ? card.id : undefined;
  useEffect(() => {
    if (survivor !== undefined) moved(survivor);
  }, [survivor]);

  if (error !== undefined) return <MissingContact error={error} retry={() => void reload()} />;
  if (card === undefined || survivor !== undefined) return <Skeleton rows={6} />;
  return (
    <>
      <ContactHead card={card} heading="h2" />
      <IdentityCard card={card} />
      <ContactClaims claims={card.claims} gone={() => void reload()} />
      <Timeline contactId={card.id} />
    </>
  );
}
