import type { Instant, MessageId, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import { normaliseEmail, normaliseExternalId, normalisePhone } from "../identity/index.ts";
import { removeRejectedNaming, type Words } from "./rejected-store.ts";

/** Who is erased, as far as browsers speak of people. */
export interface NamedPerson {
  /** What only this person is found by. */
  readonly keys: Record<"emails" | "phones" | "externalIds", readonly string[]>;
  /** What speaks of this person wherever it stands. `ids`: external ids and device ids. */
  readonly words: Record<"emails" | "phones" | "ids" | "visitorIds", readonly string[]>;
  /** The country that numbers without a country code are of. */
  readonly defaultCountry: string | undefined;
}

/** In the transaction of an erasure: what browsers said about this person, believed or not. */
export async function forgetMessages(tx: Transaction, person: NamedPerson, at: Instant): Promise<void> {
  await endWaiting(tx, person, at);
  await removeRejectedNaming(tx, wordsFor(person.words));
}

interface Waiting {
  readonly messageId: MessageId;
  readonly siteId: SiteId;
  readonly payload: Readonly<Record<string, unknown>>;
}

const FIND_WAITING = `
  SELECT message_id, site_id, payload FROM identity_message
  WHERE carried_out_at IS NULL AND payload ?| array['email', 'phone', 'externalCustomerId']`;
// The row stays as the memory that makes a replay harmless; it says nothing any more.
const END = `
  UPDATE identity_message m SET visitor_id = '', payload = NULL, origin = NULL, error = NULL, carried_out_at = $3
  FROM unnest($1::uuid[], $2::int[]) AS ended (message_id, site_id)
  WHERE m.message_id = ended.message_id AND m.site_id = ended.site_id AND m.carried_out_at IS NULL`;

/** A message that waits while the person it names is erased would bring the person back. */
async function endWaiting(tx: Transaction, person: NamedPerson, at: Instant): Promise<void> {
  const waiting = await tx.query<Waiting>(FIND_WAITING);
  const named = waiting.filter(({ payload }) => names(payload, person));
  if (named.length === 0) return;
  await tx.query(END, [named.map(({ messageId }) => messageId), named.map(({ siteId }) => siteId), timestamp(at)]);
}

function names(payload: Waiting["payload"], { keys, defaultCountry }: NamedPerson): boolean {
  const { email, phone, externalCustomerId: id } = payload;
  const said = (value: string | undefined, known: readonly string[]) => value !== undefined && known.includes(value);
  return (
    (typeof email === "string" && said(normaliseEmail(email), keys.emails)) ||
    (typeof phone === "string" && said(normalisePhone(phone, defaultCountry), keys.phones)) ||
    ((typeof id === "string" || typeof id === "number") && said(normaliseExternalId(id), keys.externalIds))
  );
}

/** Fewer digits are part of many other things. */
const PHONE_DIGITS = 7;

function wordsFor({ emails, phones, ids, visitorIds }: NamedPerson["words"]): Words {
  // Such an id may be short, so it must be a whole value. What else holds it by accident is a diagnosis less, no more.
  const whole = ids.flatMap((id) => {
    const asNumber = /^\d+$/.test(id) ? [`: ${id},`, `: ${id}}`] : [];
    return [JSON.stringify(id), ...asNumber];
  });
  const anywhere = [...emails, ...visitorIds].flatMap((text) => [text, encodeURIComponent(text)]);
  const texts = [...whole, ...anywhere.map((text) => JSON.stringify(text).slice(1, -1))];
  const digits = phones.map((phone) => phone.replace(/\D/g, "")).filter(({ length }) => length >= PHONE_DIGITS);
  return { texts: [...new Set(texts.map((text) => text.toLowerCase()))], digits: [...new Set(digits)] };
}
