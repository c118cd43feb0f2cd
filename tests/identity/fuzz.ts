import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContactId, Instant } from "../../src/contract/identifiers.ts";
import { timestamp, type Database } from "../../src/server/db/database.ts";
import {
  closeVisitor,
  deleteContact,
  eraseContact,
  mergeContacts,
  proveClaim,
  resolveIdentity,
  retried,
  sweepErasedReplays,
  undoMerge,
  type IdentityDeps,
  type IdentityOutcome,
  type IdentityRequest,
} from "../../src/server/identity/index.ts";
import type { ContactDescription } from "../../src/server/contacts/contact-input.ts";
import { applyTogether } from "../../src/server/contacts/bulk/worker.ts";
import { settleBackstories } from "../../src/server/contacts/index.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { backstoriesByHand, backstoriesKept } from "../support/backstories.ts";
import { replayAudit } from "./audit-replay.ts";
import { checkInvariants } from "./invariants.ts";
import { nth, processes } from "./people.ts";

export interface FuzzOptions {
  readonly db: Database;
  readonly seed: number;
  readonly operations: number;
  readonly connections: number;
  /** Leaves out what removes or takes apart, so that the audit alone must rebuild keys and stretches (I24). */
  readonly gentle?: boolean;
}

export interface FuzzReport {
  readonly seed: number;
  readonly operations: number;
  readonly handedOut: number;
  /** Transactions that waited in a circle: retried, so no caller sees them, but each costs a second. */
  readonly deadlocks: number;
  /** Errors that reached a caller, by their words. */
  readonly errors: readonly string[];
  readonly violations: readonly string[];
}

/** Many people at once on few identifiers: collisions are the rule. Judged by the final state and every id handed out. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const world = await Fuzz.in(options);
  const settling = world.settle();
  await Promise.all(Array.from({ length: options.connections }, () => world.work()));
  await settling;
  return world.report();
}

const pool = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index + 1));
const EXTERNALS = [...pool(6, (index) => `E${index}`), "e1", "null", " ", "0"];
const EMAILS = [...pool(8, (index) => `person${index}@mail.example`), " Person1@MAIL.example "];
const PHONES = pool(6, (index) => `+38044123450${index}`);
const VISITORS = pool(12, (index) => `visitor-${index}`);
const DEVICES = pool(8, (index) => `device-${index}-abcdefgh`);
const TOWNS = ["Kyiv", "Lviv", "Odesa"];

class Fuzz {
  readonly #options: FuzzOptions;
  readonly #processes: readonly IdentityDeps[];
  #turn = 0;
  readonly #siteId: number;
  readonly #random: () => number;
  #left: number;
  #sent = 0;
  #clock: Instant = Date.UTC(2026, 0, 1);
  readonly #handedOut = new Set<ContactId>();
  readonly #claims: { claimId: number; email: string }[] = [];
  readonly #errors: string[] = [];

  private constructor(options: FuzzOptions, siteId: number) {
    this.#options = options;
    this.#processes = processes({ db: options.db, secretKey: "fuzz" });
    this.#siteId = siteId;
    this.#random = seeded(options.seed);
    this.#left = options.operations;
  }

  static async in(options: FuzzOptions): Promise<Fuzz> {
    const [site] = await options.db.query<{ siteId: number }>(
      "INSERT INTO site (site_key, name) VALUES ($1, 'Fuzz') RETURNING site_id",
      [randomUUID()],
    );
    return new Fuzz(options, site?.siteId ?? 0);
  }

  get #deps(): IdentityDeps {
    this.#turn += 1;
    return nth(this.#processes, this.#turn);
  }

  async work(): Promise<void> {
    while (this.#left > 0) {
      this.#left -= 1;
      try {
        await this.#one();
      } catch (error) {
        this.#errors.push(String(error));
      }
      if (this.#random() < 0.05) await sleep(1);
    }
  }

  /** Lists are read meanwhile. */
  async settle(): Promise<void> {
    while (this.#left > 0) {
      await settleBackstories(this.#options.db).catch((error: unknown) => this.#errors.push(String(error)));
      await sleep(5);
    }
  }

  async report(): Promise<FuzzReport> {
    const { db, seed, operations, gentle } = this.#options;
    if (!gentle) await sweepErasedReplays(this.#deps);
    const violations = [
      ...(await checkInvariants(db)),
      ...(await this.#dangling()),
      ...(await this.#lost()),
      ...(await this.#untrueBackstories()),
      ...(gentle ? await replayAudit(db) : []),
    ];
    const deadlocks = await countDeadlocks(db);
    return { seed, operations, handedOut: this.#handedOut.size, deadlocks, errors: this.#errors, violations };
  }

  /** Every id ever handed out leads, in one hop, to a contact that is live, deleted or erased (I7). */
  async #dangling(): Promise<string[]> {
    const rows = await this.#options.db.query<{ contactId: ContactId }>(
      `SELECT asked.contact_id FROM unnest($1::bigint[]) AS asked (contact_id)
       LEFT JOIN contact c USING (contact_id) LEFT JOIN contact w ON w.contact_id = coalesce(c.merged_into, c.contact_id)
       WHERE w.status IS NULL OR w.status = 'merged'`,
      [[...this.#handedOut]],
    );
    return rows.map(({ contactId }) => `id ${contactId} was handed out and leads nowhere`);
  }

  /** Lists find everybody by the length that events and stretches say. */
  async #untrueBackstories(): Promise<string[]> {
    const { db } = this.#options;
    await settleBackstories(db);
    const [kept, told] = [await backstoriesKept(db), await backstoriesByHand(db)];
    return [...new Set([...kept.keys(), ...told.keys()])]
      .filter((contactId) => kept.get(contactId) !== told.get(contactId))
      .map((contactId) => `the backstory of ${contactId} is ${told.get(contactId)}, not ${kept.get(contactId)}`);
  }

  /** Nothing accepted disappears without an erasure (I4). */
  async #lost(): Promise<string[]> {
    const [row] = await this.#options.db.query<{ stored: number; erased: number }>(
      "SELECT (SELECT count(*) FROM event WHERE site_id = $1) AS stored, (SELECT count(*) FROM erasure) AS erased",
      [this.#siteId],
    );
    const { stored = 0, erased = 0 } = row ?? {};
    return stored === this.#sent || (erased > 0 && stored < this.#sent)
      ? []
      : [`${this.#sent} events sent, ${stored} stored`];
  }

  #one(): Promise<unknown> {
    const dice = this.#random();
    const gentle = this.#options.gentle ?? false;
    if (dice < 0.2) return this.#hit();
    if (dice < 0.45) return this.#ask({ trust: "server", verb: "upsert", ...this.#names(), ...this.#maybeVisitor() });
    if (dice < 0.55)
      return this.#ask({ trust: "claim", verb: "identify", ...this.#names(), visitorIds: [this.#pick(VISITORS)] });
    if (dice < 0.62) return this.#subscribe();
    if (dice < 0.68)
      return this.#ask({
        trust: "signed",
        verb: "identify",
        externalCustomerId: this.#pick(EXTERNALS),
        visitorIds: [this.#pick(VISITORS)],
      });
    if (dice < 0.8) return this.#device();
    if (dice < 0.84) return this.#reset();
    if (dice < 0.88) return this.#confirm();
    if (dice < 0.9) return this.#bulk();
    if (dice < 0.94 || gentle) return this.#merge();
    if (dice < 0.96) return this.#undo();
    if (dice < 0.99) return this.#delete();
    return this.#erase();
  }

  #pick<T>(values: readonly T[]): T {
    const value = values[Math.floor(this.#random() * values.length)];
    if (value === undefined) throw new Error("Nothing to pick from.");
    return value;
  }

  #sometimes<T extends object>(chance: number, value: () => T): T | object {
    return this.#random() < chance ? value() : {};
  }

  /** Mostly now; sometimes a client's clock, or an offline queue, says otherwise. */
  #moment(): Instant {
    this.#clock += Math.floor(this.#random() * 2_000);
    const shift = this.#random();
    if (shift < 0.9) return this.#clock;
    return this.#clock - Math.floor(this.#random() * 3 * 60 * 60 * 1000);
  }

  #names(): Partial<IdentityRequest> {
    return {
      ...this.#sometimes(0.6, () => ({ externalCustomerId: this.#pick(EXTERNALS) })),
      ...this.#sometimes(0.6, () => ({ email: this.#pick(EMAILS) })),
      ...this.#sometimes(0.3, () => ({ phone: this.#pick(PHONES) })),
      ...this.#sometimes(0.3, () => ({ fields: { town: this.#pick(TOWNS) } })),
    };
  }

  #maybeVisitor(): Partial<IdentityRequest> {
    return this.#sometimes(0.5, () => ({ visitorIds: [this.#pick(VISITORS)] }));
  }

  #cause() {
    return { actor: "fuzz", requestId: randomUUID() };
  }

  async #ask(request: Partial<IdentityRequest> & Pick<IdentityRequest, "trust" | "verb">): Promise<IdentityOutcome> {
    const moment = this.#moment();
    const outcome = await resolveIdentity(this.#deps, {
      moment,
      receivedAt: this.#clock,
      contactSource: "FUZZ",
      cause: this.#cause(),
      ...request,
    });
    this.#note(outcome);
    return outcome;
  }

  #note(outcome: IdentityOutcome): void {
    if (outcome.kind !== "resolved") return;
    this.#handedOut.add(outcome.contactId);
    for (const id of outcome.merged) this.#handedOut.add(id);
  }

  async #hit(): Promise<void> {
    const visitor = this.#random() < 0.8;
    const [kind, id] = visitor ? ["visitor", this.#pick(VISITORS)] : ["device", this.#pick(DEVICES)];
    const at = this.#moment();
    await this.#options.db.query(
      `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
       VALUES ($1, $2, $3, $4, 'page', $5, $5, 'browser')`,
      [uuidv7(at, randomBytes(10)), this.#siteId, kind, id, timestamp(at)],
    );
    this.#sent += 1;
  }

  async #subscribe(): Promise<void> {
    const email = this.#pick(EMAILS);
    const phone = this.#sometimes(0.3, () => ({ phone: this.#pick(PHONES) }));
    const outcome = await this.#ask({
      trust: "claim",
      verb: "subscribe",
      email,
      ...phone,
      visitorIds: [this.#pick(VISITORS)],
    });
    if (outcome.kind === "pending") this.#claims.push({ claimId: outcome.claimId, email });
  }

  #device(): Promise<unknown> {
    const device = {
      deviceId: this.#pick(DEVICES),
      channels: [{ type: "mobilepush", value: this.#pick(DEVICES) }] as const,
    };
    return this.#ask({ trust: "mobile", verb: "device", ...(this.#random() < 0.5 ? this.#names() : {}), ...device });
  }

  /** Rows of an upload, several in one transaction. */
  async #bulk(): Promise<void> {
    const rows = Array.from({ length: 1 + Math.floor(this.#random() * 4) }, (_, rowIndex) => ({
      rowIndex,
      contact: this.#row(),
    }));
    const caller = { cause: this.#cause(), now: this.#moment(), siteId: null };
    const options = {
      dedupeOn: this.#pick(["externalCustomerId", "email", "sms", "email_or_sms"] as const),
      groupNames: [],
      groupNamesExclude: [],
      customFields: [],
      restoreDeleted: this.#random() < 0.5,
    };
    const rowDeps = { ...this.#deps, options, caller, join: [], leave: [], wasErased: () => false };
    const reports = await retried(this.#options.db, (tx) => applyTogether(tx, rows, rowDeps));
    for (const { contactId } of reports) if (typeof contactId === "number") this.#handedOut.add(contactId);
  }

  #row(): ContactDescription {
    const { externalCustomerId, email, phone, fields } = this.#names();
    return {
      ...(typeof externalCustomerId === "string" && { externalCustomerId }),
      ...(typeof email === "string" && { email }),
      ...(typeof phone === "string" && { phone }),
      channels: [],
      fields: fields ?? {},
      visitorIds: this.#random() < 0.3 ? [this.#pick(VISITORS)] : [],
      groups: [],
      clearedChannels: [],
    };
  }

  #reset(): Promise<unknown> {
    const logout = { visitorId: this.#pick(VISITORS), moment: this.#moment(), cause: this.#cause() };
    return this.#options.db.transaction((tx) => closeVisitor(tx, logout));
  }

  async #confirm(): Promise<void> {
    const claim = this.#random() < 0.7 ? this.#claims.shift() : undefined;
    const proof = claim ?? { email: this.#pick(EMAILS) };
    this.#note(await proveClaim(this.#deps, { ...proof, at: this.#moment(), cause: this.#cause() }));
  }

  #anybody(): ContactId | undefined {
    const known = [...this.#handedOut];
    return known.length === 0 ? undefined : this.#pick(known.slice(-12));
  }

  async #merge(): Promise<void> {
    const [a, b] = [this.#anybody(), this.#anybody()];
    if (a === undefined || b === undefined) return;
    await mergeContacts(this.#deps, { contactIds: [a, b], at: this.#moment(), cause: this.#cause() });
  }

  async #undo(): Promise<void> {
    const [last] = await this.#options.db.query<{ mergeId: number | null }>(
      "SELECT max(merge_id) - $1::integer AS merge_id FROM merge_log",
      [Math.floor(this.#random() * 4)],
    );
    if (last?.mergeId == null) return;
    await undoMerge(this.#deps, { mergeId: last.mergeId, at: this.#moment(), cause: this.#cause() });
  }

  async #delete(): Promise<void> {
    const contactId = this.#anybody();
    if (contactId !== undefined)
      await deleteContact(this.#deps, { contactId, at: this.#moment(), cause: this.#cause() });
  }

  async #erase(): Promise<void> {
    const contactId = this.#anybody();
    if (contactId !== undefined)
      await eraseContact(this.#deps, { contactId, at: this.#moment(), cause: this.#cause() });
  }
}

async function countDeadlocks(db: Database): Promise<number> {
  // Backends report what they counted within a second of their last statement.
  await sleep(1_500);
  const [row] = await db.query<{ deadlocks: number }>(
    "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
  );
  return row?.deadlocks ?? 0;
}

/** mulberry32: small, and the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
