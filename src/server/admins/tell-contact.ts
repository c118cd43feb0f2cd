import type { Claim } from "../../contract/admin/claims.ts";
import type { ContactCard } from "../../contract/admin/contact-card.ts";
import type { ContactRow } from "../../contract/admin/contacts.ts";
import type { Instant, MessageId, SiteId } from "../../contract/identifiers.ts";
import {
  EVENTS_COUNTED_TO,
  type ContactCard as Card,
  type ContactSummary,
  type TimelineCursor,
} from "../contacts/index.ts";
import { writeFieldValue } from "../fields/index.ts";

/** JSON knows no infinity: an open end is `null`. */
export const finite = (instant: Instant): number | null => (Number.isFinite(instant) ? instant : null);

export function tellRow(contact: ContactSummary): ContactRow {
  const { email, emailStatus, phone, phoneStatus, ...rest } = contact;
  return {
    ...rest,
    email: email === null || emailStatus === null ? null : { value: email, status: emailStatus },
    phone: phone === null || phoneStatus === null ? null : { value: phone, status: phoneStatus },
  };
}

export function tellCard(card: Card): ContactCard {
  const { identifiers, bindings, claims, channels, mergedIds, region, town, address, postcode, countryCode, ...rest } =
    card;
  const external = identifiers.find(({ kind }) => kind === "external");
  return {
    ...rest,
    attributes: { ...card.attributes },
    fields: card.fields.map(({ id, name, value }) => ({ id, name, value: writeFieldValue(value) })),
    externalIdSince: external?.since ?? null,
    externalIdProof: external?.proof ?? null,
    address: [address, town, region, postcode, countryCode].flatMap((part) => part || []),
    channels: [...channels],
    sources: bindings.map(({ source, validFrom, validTo, boundAt, boundUrl, reason }) => ({
      ...source,
      from: finite(validFrom),
      to: finite(validTo),
      boundAt,
      boundUrl,
      reason,
    })),
    mergedIds: [...mergedIds],
    claims: claims.map(({ claimId, ...claim }): Claim => ({
      ...claim,
      id: claimId,
      holders: [card.id],
      eventsCountedTo: EVENTS_COUNTED_TO,
    })),
  };
}

/** Where a page of the timeline goes on, as one word. */
export function writeCursor({ occurredAt, siteId, eventId }: TimelineCursor): string {
  return `${occurredAt}_${siteId}_${eventId}`;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Undefined: it is not one of ours. */
export function readCursor(text: string): TimelineCursor | undefined {
  const [occurredAt, siteId, eventId = ""] = text.split("_");
  const at = Number(occurredAt);
  const site = Number(siteId);
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15 || !UUID.test(eventId)) return undefined;
  if (!Number.isInteger(site) || site < 0 || site > 2_147_483_647) return undefined;
  return { occurredAt: at, siteId: site as SiteId, eventId: eventId as MessageId };
}
