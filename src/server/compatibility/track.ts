import type { ContactId, Instant } from "../../contract/identifiers.ts";
import type { Database, Transaction } from "../db/database.ts";
import { resolveInTransaction, retried, type Cause, type IdentityDeps } from "../identity/index.ts";
import { derivedEventId } from "../lib/derived-id.ts";
import type { Site } from "../sites/index.ts";
import { correctTime } from "../visitors/index.ts";
import { namesSomebody, type CookieOfContact, type NamedPerson, type TrackedEvent } from "./rules.ts";
import { appendWebEvent, findPerson, keepUnusable } from "./store.ts";

const DAY = 24 * 60 * 60_000;

export interface TrackDeps extends IdentityDeps {
  readonly db: Database;
}

/** Who says it: anybody, or a back end with a key. */
export interface Speaker {
  readonly trust: "browser" | "server";
  readonly now: Instant;
  readonly requestId: string;
  readonly actor: string;
}

interface Tracking<Said> {
  readonly said: Said;
  /** The body as it came, for what cannot be used. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly site: Site | undefined;
  readonly speaker: Speaker;
}

/**
 * Stores an event under the browser's cookie, and what it says about a person as a claim. An event without a cookie
 * belongs to the contact named, which only a back end may do: a page never adds to somebody's history.
 */
export function trackEvent(deps: TrackDeps, tracking: Tracking<TrackedEvent> & { readonly site: Site }): Promise<void> {
  const { said, site, speaker } = tracking;
  const { trust, now } = speaker;
  return retried(deps.db, async (tx) => {
    const contactId = trust === "server" ? await findPerson(tx, said) : undefined;
    const source = sourceOf(said, contactId);
    if (source === undefined) {
      const reason =
        trust === "server"
          ? "Without cookies.sc the event belongs to the contact named, and nobody is known by that name."
          : "Without cookies.sc an event needs an API key, or anybody could add to somebody's history.";
      return keep(tx, tracking, { code: "unknown_contact", reason });
    }
    // What names people only is no event.
    if (said.name !== "CustomerData")
      await appendWebEvent(tx, {
        eventId: idOf(said, { site, now }),
        siteId: site.siteId,
        source,
        name: said.name,
        ...timesOf(said, now),
        properties: said.properties,
        trust,
      });
    if (source.kind === "visitor") await tie(tx, { deps, tracking, visitorId: source.id, contactId });
  });
}

/** The link between a cookie and a person that plug-ins send after each `CustomerData`. */
export function trackWebContact(deps: TrackDeps, tracking: Tracking<CookieOfContact>): Promise<void> {
  const { said, speaker } = tracking;
  const { visitorId, person } = said;
  return retried(deps.db, async (tx) => {
    const contactId = speaker.trust === "server" ? await findPerson(tx, { person, contactId: undefined }) : undefined;
    await tie(tx, { deps, tracking, visitorId, contactId });
  });
}

function sourceOf({ visitorId }: TrackedEvent, contactId: ContactId | undefined) {
  if (visitorId !== undefined) return { kind: "visitor", id: visitorId } as const;
  return contactId === undefined ? undefined : ({ kind: "contact", id: String(contactId) } as const);
}

/** Of an order that is told of again later, the day counts: the id of an event lies in the month of its time. */
function idOf({ sameAs, at }: TrackedEvent, { site, now }: { readonly site: Site; readonly now: Instant }) {
  const time = at ?? now - (now % DAY);
  return derivedEventId(["web", site.siteId, ...sameAs.parts], sameAs.by === "order" ? time - (time % DAY) : time);
}

function timesOf({ at = Infinity }: TrackedEvent, now: Instant) {
  const { occurredAt } = correctTime({ at: Math.min(at, now), sentAt: now, receivedAt: now });
  return { occurredAt, receivedAt: now };
}

interface Tie {
  readonly deps: TrackDeps;
  readonly tracking: Tracking<{ readonly person: NamedPerson }>;
  readonly visitorId: string;
  /** Whom a back end names and who is there. */
  readonly contactId: ContactId | undefined;
}

/** A back end's word binds the cookie to somebody known. Anything else is remembered and makes nobody. */
async function tie(tx: Transaction, { deps, tracking, visitorId, contactId }: Tie): Promise<void> {
  const { said, site, speaker } = tracking;
  const { now, actor, requestId } = speaker;
  const cause: Cause = { actor, requestId, ...(site !== undefined && { siteId: site.siteId }) };
  const common = { visitorIds: [visitorId], moment: now, receivedAt: now, contactSource: "TRACKER", cause };
  if (contactId !== undefined) {
    await resolveInTransaction(tx, { ...common, trust: "server", verb: "upsert", contactId }, deps);
    return;
  }
  if (!namesSomebody(said.person)) return;
  const { firstName, ...keys } = said.person;
  const outcome = await resolveInTransaction(
    tx,
    {
      ...common,
      ...keys,
      trust: "claim",
      verb: "identify",
      fields: { firstName },
      unknownPerson: "remember",
      // A back end has said so itself, only too early.
      mode: speaker.trust === "server" ? "new-contacts" : (site?.identify ?? "new-contacts"),
    },
    deps,
  );
  if (outcome.kind === "refused") await keep(tx, tracking, { code: outcome.code, reason: outcome.message });
}

async function keep(
  tx: Transaction,
  { said, body, site, speaker }: Tracking<{ readonly person: NamedPerson; readonly visitorId?: string | undefined }>,
  fault: { readonly code: string; readonly reason: string },
): Promise<void> {
  const { person, visitorId } = said;
  const message = { visitorId, ...person, body };
  await keepUnusable(tx, { siteId: site?.siteId ?? null, at: speaker.now, ...fault, message });
}
