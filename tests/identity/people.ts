import { randomBytes, randomUUID } from "node:crypto";
import type { ContactId, Instant } from "../../src/contract/identifiers.ts";
import { timestamp, type Database } from "../../src/server/db/database.ts";
import {
  closeVisitor,
  deleteContact,
  listBindings,
  proveClaim,
  resolveIdentity,
  type IdentityDeps,
  type IdentityOutcome,
  type IdentityRequest,
  type Resolved,
} from "../../src/server/identity/index.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";

/** A server process gathers requests by the database object that they name. */
export function processes(deps: IdentityDeps): IdentityDeps[] {
  return Array.from({ length: 8 }, () => ({ ...deps, db: { ...deps.db } }));
}

export function nth<Item>(items: readonly Item[], place: number): Item {
  const item = items[place % items.length];
  if (item === undefined) throw new Error("There is nothing to choose from.");
  return item;
}

const START = Date.UTC(2026, 0, 1);

/** The people of one installation: what the catalogue of scenarios says, in its own words, on a real database. */
export class People {
  readonly db: Database;
  now: Instant = START;
  readonly #siteId: number;
  readonly #processes: readonly IdentityDeps[];
  #turn = 0;

  private constructor(deps: IdentityDeps, siteId: number) {
    this.db = deps.db;
    this.#processes = processes(deps);
    this.#siteId = siteId;
  }

  static async in(db: Database, identity?: IdentityDeps["identity"]): Promise<People> {
    const [site] = await db.query<{ siteId: number }>(
      "INSERT INTO site (site_key, name) VALUES ($1, 'Shop') RETURNING site_id",
      [randomUUID()],
    );
    if (site === undefined) throw new Error("No site.");
    return new People({ db, secretKey: "a secret of the installation", identity }, site.siteId);
  }

  /** Those of one server process after the other: requests at the same time meet in the database, and only there. */
  get deps(): IdentityDeps {
    this.#turn += 1;
    return nth(this.#processes, this.#turn);
  }

  /** The same people, other settings. */
  with(identity: IdentityDeps["identity"]): People {
    const other = new People({ ...this.deps, identity }, this.#siteId);
    other.now = this.now;
    return other;
  }

  /** Time goes on by a second with every happening, so that every order is visible. */
  tick(by: number = 1_000): Instant {
    this.now += by;
    return this.now;
  }

  /** A page view of a visitor, or an event of another source; answers when it happened. */
  async hit(
    visitorId: string,
    about: { at?: Instant; kind?: "visitor" | "device" | "contact"; attachable?: boolean } = {},
  ) {
    const at = about.at ?? this.tick();
    await this.db.query(
      `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust, attachable)
       VALUES ($1, $2, $3, $4, 'page', $5, $5, 'browser', $6)`,
      [
        uuidv7(at, randomBytes(10)),
        this.#siteId,
        about.kind ?? "visitor",
        visitorId,
        timestamp(at),
        about.attachable ?? true,
      ],
    );
    return at;
  }

  async hits(count: number, visitorId: string): Promise<Instant[]> {
    const times: Instant[] = [];
    for (let index = 0; index < count; index += 1) times.push(await this.hit(visitorId));
    return times;
  }

  ask(request: Partial<IdentityRequest>): Promise<IdentityOutcome> {
    const at = request.moment ?? this.tick();
    return resolveIdentity(this.deps, {
      trust: "server",
      verb: "upsert",
      moment: at,
      receivedAt: Math.max(at, this.now),
      contactSource: "API",
      cause: { actor: "test", requestId: randomUUID() },
      ...request,
    });
  }

  /** Add or update by the back end; anything but success fails the test. */
  async upsert(request: Partial<IdentityRequest>): Promise<Resolved> {
    return must(await this.ask(request));
  }

  claim(request: Partial<IdentityRequest>): Promise<IdentityOutcome> {
    return this.ask({ trust: "claim", verb: "identify", contactSource: "TRACKER", ...request });
  }

  subscribe(request: Partial<IdentityRequest>): Promise<IdentityOutcome> {
    return this.ask({ trust: "claim", verb: "subscribe", contactSource: "SUBSCRIPTION", ...request });
  }

  ident(request: Partial<IdentityRequest>): Promise<IdentityOutcome> {
    return this.ask({ trust: "signed", verb: "identify", contactSource: "TRACKER", ...request });
  }

  async device(request: Partial<IdentityRequest>): Promise<Resolved> {
    return must(await this.ask({ trust: "mobile", verb: "device", contactSource: "MOBILE", ...request }));
  }

  confirm(email: string, about: { claimId?: number; contactId?: ContactId } = {}): Promise<IdentityOutcome> {
    const cause = { actor: "mail recipient", requestId: randomUUID() };
    return proveClaim(this.deps, { email, at: this.tick(), cause, ...about });
  }

  reset(visitorId: string, moment: Instant = this.tick()) {
    const cause = { actor: "tracker", requestId: randomUUID() };
    return this.db.transaction((tx) => closeVisitor(tx, { visitorId, moment, cause }));
  }

  delete(contactId: ContactId) {
    return deleteContact(this.deps, { contactId, at: this.tick(), cause: { actor: "test", requestId: randomUUID() } });
  }

  /** When the events of the contact's timeline happened, in order. */
  async timeline(contactId: ContactId): Promise<Instant[]> {
    const bindings = await listBindings(this.db, contactId);
    const times = await Promise.all(
      bindings.map(({ sourceKind, sourceId, validFrom, validTo }) =>
        this.db.query<{ occurredAt: Instant }>(
          `SELECT occurred_at FROM event WHERE source_kind = $1 AND source_id = $2 AND attachable
             AND occurred_at >= $3 AND occurred_at < $4`,
          [sourceKind, sourceId, timestamp(validFrom), timestamp(validTo)],
        ),
      ),
    );
    return times
      .flat()
      .map(({ occurredAt }) => occurredAt)
      .sort((a, b) => a - b);
  }

  async liveContacts(): Promise<ContactId[]> {
    const rows = await this.db.query<{ contactId: ContactId }>(
      "SELECT contact_id FROM contact WHERE status = 'live' ORDER BY contact_id",
    );
    return rows.map(({ contactId }) => contactId);
  }

  /** What stands in the contact's row. */
  async contact(contactId: ContactId) {
    const [row] = await this.db.query<ContactRow>("SELECT * FROM contact WHERE contact_id = $1", [contactId]);
    if (row === undefined) throw new Error(`Contact ${contactId} is gone without a trace.`);
    return row;
  }

  /** Whom an id means today. */
  async survivor(contactId: ContactId): Promise<ContactId> {
    const { mergedInto } = await this.contact(contactId);
    return mergedInto ?? contactId;
  }

  /** Whoever holds a key. */
  async holder(kind: "external" | "email" | "phone" | "device", value: string): Promise<ContactId | undefined> {
    const [row] = await this.db.query<{ contactId: ContactId }>(
      "SELECT contact_id FROM identifier WHERE kind = $1 AND value = $2",
      [kind, value],
    );
    return row?.contactId;
  }

  async proof(kind: "external" | "email" | "phone" | "device", value: string) {
    const [row] = await this.db.query<{ proof: string }>(
      "SELECT proof FROM identifier WHERE kind = $1 AND value = $2",
      [kind, value],
    );
    return row?.proof;
  }

  /** The addresses of a contact as `value status`, with `(old)` for those in its history. */
  async channels(contactId: ContactId): Promise<string[]> {
    const rows = await this.db.query<{ value: string; status: string; current: boolean }>(
      "SELECT value, status, current FROM channel WHERE contact_id = $1 ORDER BY type, value",
      [contactId],
    );
    return rows.map(({ value, status, current }) => `${value} ${status}${current ? "" : " (old)"}`);
  }

  async count(table: "binding" | "identity_audit" | "pending_claim" | "contact" | "merge_log"): Promise<number> {
    const [row] = await this.db.query<{ count: number }>(`SELECT count(*) FROM ${table}`);
    return row?.count ?? 0;
  }
}

interface ContactRow {
  readonly contactId: ContactId;
  readonly status: string;
  readonly mergedInto: ContactId | null;
  readonly externalCustomerId: string | null;
  readonly firstName: string | null;
  readonly town: string | null;
  readonly languageCode: string | null;
  readonly attributes: Record<string, unknown>;
  readonly version: number;
}

export function must(outcome: IdentityOutcome): Resolved {
  if (outcome.kind !== "resolved") throw new Error(`Not resolved: ${JSON.stringify(outcome)}`);
  return outcome;
}

export function pendingClaim(outcome: IdentityOutcome): number {
  if (outcome.kind !== "pending") throw new Error(`Not pending: ${JSON.stringify(outcome)}`);
  return outcome.claimId;
}
