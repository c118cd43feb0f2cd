import type { NewAct } from "../../contract/acts.ts";
import { ensureGroups } from "../contacts/index.ts";
import { longTransaction } from "../db/long-connection.ts";
import { createLoop, type Loop } from "../jobs/index.ts";
import { holdLists, type SegmentDeps } from "../segments/index.ts";
import { carryOutPart, type CarryingOut } from "./carry-out.ts";
import { findChosen } from "./chosen.ts";
import { oppositeOf, whyNotUndone, type WhyNotUndone } from "./rules.ts";
import { endAct, findAct, insertActAbout, insertActUndoing, listActs, PART, type ActRow } from "./store.ts";

export type ActDeps = CarryingOut & SegmentDeps;

export type Begun =
  | { readonly kind: "begun"; readonly actId: number }
  /** The contacts are to be those of a segment that is gone. */
  | { readonly kind: "unknownSegment" }
  /** There is no such list; a dynamic segment is none. */
  | { readonly kind: "unknownList" };

export type Undone = Extract<Begun, { kind: "begun" }> | { readonly kind: "unknown" | WhyNotUndone };

/** What is done to many contacts at once. */
export interface Acts {
  /**
   * Settles whom it is about and begins. What is small is done when this answers; the rest goes on in the background,
   * whichever process does it.
   */
  begin(act: NewAct, actor: string): Promise<Begun>;
  /** The opposite, for those whom the act changed. */
  undo(actId: number, actor: string): Promise<Undone>;
  /** What is done stays done. */
  cancel(actId: number): Promise<void>;
  find(actId: number): Promise<ActRow | undefined>;
  list(page: { readonly before: number | undefined; readonly limit: number }): Promise<ActRow[]>;
}

export const createActWorker = (deps: ActDeps): Loop =>
  createLoop(() => carryOutPart(deps), { log: deps.log, failure: "an act could not go on; it is tried again" });

export function createActs(deps: ActDeps, worker: Pick<Loop, "kick">): Acts {
  const { db, clock } = deps;

  async function begun(actId: number): Promise<Extract<Begun, { kind: "begun" }>> {
    const act = await findAct(db, actId);
    if (act !== undefined && act.contacts <= PART) await carryOutPart(deps, actId);
    worker.kick();
    return { kind: "begun", actId };
  }

  return {
    async begin(act, actor) {
      const chosen = await findChosen(deps, act.chosen);
      if (chosen === undefined) return { kind: "unknownSegment" };
      const segmentId = "list" in act ? await listOf(deps, act.list) : null;
      if (segmentId === undefined) return { kind: "unknownList" };
      const scope = "matching" in act.chosen ? "matching" : "named";
      const row = { kind: act.kind, scope, segmentId, undoes: null, actor, now: clock() } as const;
      return begun(
        scope === "named"
          ? await db.transaction((tx) => insertActAbout(tx, row, chosen))
          : await longTransaction(db, "act", (tx) => insertActAbout(tx, row, chosen)),
      );
    },
    async undo(actId, actor) {
      const act = await findAct(db, actId);
      if (act === undefined) return { kind: "unknown" };
      const why = whyNotUndone(act);
      if (why !== undefined) return { kind: why };
      const kind = oppositeOf(act.kind);
      if (kind === undefined) return { kind: "nothing" };
      const { scope, segmentId } = act;
      const row = { kind, scope, segmentId, undoes: actId, actor, now: clock() };
      try {
        return await begun(await db.transaction((tx) => insertActUndoing(tx, row)));
      } catch (error) {
        // Somebody else was faster.
        if (error instanceof Error && "constraint" in error && error.constraint === "act_undone")
          return { kind: "undone" };
        throw error;
      }
    },
    cancel: async (actId) => void (await endAct(db, actId, { state: "cancelled", now: clock() })),
    find: (actId) => findAct(db, actId),
    list: (page) => listActs(db, page),
  };
}

type WantedList = Extract<NewAct, { list: unknown }>["list"];

/** Undefined: there is no such list. One of this name is made, unless a dynamic segment has it. */
async function listOf({ db, clock }: ActDeps, list: WantedList): Promise<number | undefined> {
  const [id] =
    "id" in list
      ? await db.transaction((tx) => holdLists(tx, [list.id]))
      : await ensureGroups(db, { names: [list.name.trim()], now: clock() });
  return id;
}
