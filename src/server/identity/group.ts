import { setImmediate } from "node:timers/promises";
import type { Database } from "../db/database.ts";
import type { IdentityOutcome, IdentityRequest } from "./request.ts";
import { resolveInTransaction, resolveTogether, type IdentityDeps, type Within } from "./resolve.ts";
import { retried } from "./retried.ts";

interface Waiting {
  readonly deps: IdentityDeps;
  readonly request: IdentityRequest;
  readonly within: Within;
  readonly settle: (outcome: Promise<IdentityOutcome>) => void;
}

/** Transactions at a time on one database. While they last, further requests gather. */
const LANES = 4;
/** Requests of one transaction: enough to share its cost, few enough that nobody waits long for the others. */
const MOST = 32;

const groups = new WeakMap<Database, Group>();

/** Finds or makes the contact that a request is about and ties to it whatever the request names: one transaction. */
export function resolveIdentity(deps: IdentityDeps, request: IdentityRequest): Promise<IdentityOutcome> {
  return resolveWithin(deps, request, () => Promise.resolve());
}

/**
 * The same; `within` runs in the same transaction after everything was written, whatever the outcome. It may run again
 * when the transaction is retried, so everything it does must go through its `tx`.
 *
 * Requests that come in while earlier ones are being written share the next transaction. An error or a conflict of one is
 * not the others': then each of them is done alone.
 */
export function resolveWithin(deps: IdentityDeps, request: IdentityRequest, within: Within): Promise<IdentityOutcome> {
  let group = groups.get(deps.db);
  if (group === undefined) groups.set(deps.db, (group = new Group(deps.db)));
  return group.resolve(deps, request, within);
}

/** The same settings: these are objects and texts that one part of the server hands over with every request. */
const isSame = (some: IdentityDeps, other: IdentityDeps | undefined): boolean =>
  some.identity === other?.identity && Object.is(some.secretKey, other?.secretKey);

class Group {
  readonly #db: Database;
  #waiting: Waiting[] = [];
  #lanes = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  resolve(deps: IdentityDeps, request: IdentityRequest, within: Within): Promise<IdentityOutcome> {
    return new Promise((settle) => {
      this.#waiting.push({ deps, request, within, settle });
      if (this.#lanes < LANES) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#lanes += 1;
    while (this.#waiting.length > 0) {
      // Requests that have arrived but not been read yet come along.
      await setImmediate();
      await this.#carryOut(this.#take());
    }
    this.#lanes -= 1;
  }

  /** Those at the front that come from the same part of the server, and so follow the same settings. */
  #take(): readonly Waiting[] {
    const { deps } = this.#waiting[0] ?? {};
    const stop = this.#waiting.findIndex((each) => !isSame(each.deps, deps));
    return this.#waiting.splice(0, Math.min(MOST, stop === -1 ? Infinity : stop));
  }

  async #carryOut(batch: readonly Waiting[]): Promise<void> {
    const outcomes = batch.length > 1 ? await this.#together(batch).catch(() => undefined) : undefined;
    if (outcomes === undefined) {
      await Promise.all(batch.map((each) => this.#alone(each)));
      return;
    }
    for (const [place, { settle }] of batch.entries()) {
      const outcome = outcomes[place];
      if (outcome !== undefined) settle(Promise.resolve(outcome));
    }
    // What shares somebody with another one goes on in the next transaction, where it sees what that one wrote.
    this.#waiting.unshift(...batch.filter((_, place) => outcomes[place] === undefined));
  }

  #together(batch: readonly Waiting[]): Promise<(IdentityOutcome | undefined)[]> {
    const [first] = batch;
    if (first === undefined) return Promise.resolve([]);
    return this.#db.transaction(async (tx) => {
      const outcomes = await resolveTogether(
        tx,
        batch.map(({ request }) => request),
        first.deps,
      );
      for (const [place, { within }] of batch.entries()) {
        const outcome = outcomes[place];
        if (outcome !== undefined) await within(tx, outcome);
      }
      return outcomes;
    }, "once");
  }

  async #alone({ deps, request, within, settle }: Waiting): Promise<void> {
    const outcome = retried(
      this.#db,
      async (tx) => {
        const found = await resolveInTransaction(tx, request, deps);
        await within(tx, found);
        return found;
      },
      "once",
    );
    settle(outcome);
    await outcome.catch(() => undefined);
  }
}
