import type { ActResult } from "../../contract/acts.ts";
import type { ContactId } from "../../contract/identifiers.ts";
import type { Database, Transaction } from "../db/database.ts";
import { LookAgain, retried, type IdentityDeps } from "../identity/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { holdLists } from "../segments/index.ts";
import { apply, type Application, type Results } from "./apply.ts";
import { countResults } from "./rules.ts";
import { endAct, findNextPart, notePart, takeAct } from "./store.ts";

export interface CarryingOut extends IdentityDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Pick<Log, "error">;
}

type Apply = (tx: Transaction, application: Application, deps: CarryingOut) => Promise<Results>;

/**
 * The next part of an act: of the one that waited longest, or of this one. One transaction, in which it is noted what
 * became of it, so that whoever goes on after a crash neither leaves anybody out nor does anything twice. False: nothing
 * waits, or others are at it.
 */
export async function carryOutPart(deps: CarryingOut, only?: number): Promise<boolean> {
  try {
    return await retried(deps.db, (tx) => carryOutNext(tx, deps, { only, how: apply }));
  } catch (error) {
    deps.log.error({ err: error }, "a part of an act failed; its contacts are tried one by one");
    return retried(deps.db, (tx) => carryOutNext(tx, deps, { only, how: applyApart }));
  }
}

interface Turn {
  readonly only: number | undefined;
  readonly how: Apply;
}

async function carryOutNext(tx: Transaction, deps: CarryingOut, { only, how }: Turn): Promise<boolean> {
  const act = await takeAct(tx, only);
  if (act === undefined) return false;
  const { actId, segmentId, actor } = act;
  const now = deps.clock();
  if (segmentId !== null && (await holdLists(tx, [segmentId])).length === 0)
    return endAct(tx, actId, { state: "failed", error: "listGone", now });
  const next = await findNextPart(tx, actId);
  if (next === undefined) throw new Error(`Act ${actId} is not finished and has no part left.`);
  const cause = { actor, requestId: `act:${actId}` };
  const results = await how(tx, { act, contactIds: next.contactIds, now, cause }, deps);
  const changed = next.contactIds.filter((id) => results.get(id) === "changed");
  const counts = countResults(act.counts, results.values());
  await notePart(tx, { actId, part: next.part, size: next.contactIds.length, changed, counts, now });
  return true;
}

/** A contact to whom it cannot be done is counted, and holds up no others. */
const applyApart: Apply = async (tx, application, deps) => {
  const results = new Map<ContactId, ActResult>();
  for (const id of application.contactIds) {
    await tx.query("SAVEPOINT contact");
    try {
      const result = await apply(tx, { ...application, contactIds: [id] }, deps);
      results.set(id, result.get(id) ?? "failed");
    } catch (error) {
      if (isRace(error)) throw error;
      deps.log.error({ err: error, contactId: id }, "an act failed for a contact");
      await tx.query("ROLLBACK TO SAVEPOINT contact");
      results.set(id, "failed");
    }
    await tx.query("RELEASE SAVEPOINT contact");
  }
  return results;
};

/** Somebody else was at the same people: the whole part is tried again. */
const isRace = (error: unknown): boolean =>
  error instanceof LookAgain || (error instanceof Error && "code" in error && String(error.code).startsWith("40"));
