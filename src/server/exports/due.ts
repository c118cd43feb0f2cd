import type { Instant } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { IS_LOCKED } from "./lock.ts";
import { nextRunAt } from "./rules.ts";
import { listExports, listLatestRuns, markInterrupted, type StoredExport } from "./store.ts";

/** Enough to count failures in a row as far as the pause between them grows. */
export const RUNS_LOOKED_AT = 12;

/** Exports that ought to run now. A run whose process has gone is closed here, which makes its export due again. */
export async function dueExports(db: Queryable, now: Instant): Promise<StoredExport[]> {
  const all = await listExports(db);
  await closeAbandoned(db, all, now);
  const runs = await listLatestRuns(db, RUNS_LOOKED_AT);
  return all.flatMap((export_) => {
    const own = runs.filter(({ exportId }) => exportId === export_.exportId);
    if (own[0]?.state === "running") return [];
    const at = nextRunAt(export_, own, now);
    if (at === null || at > now) return [];
    return [export_];
  });
}

async function closeAbandoned(db: Queryable, all: readonly StoredExport[], now: Instant): Promise<void> {
  const running = await db.query<{ exportId: string }>(
    "SELECT DISTINCT export_id FROM export_run WHERE state = 'running'",
  );
  for (const { exportId } of running.filter((run) => all.some((known) => known.exportId === run.exportId))) {
    const [lock] = await db.query<{ isLocked: boolean }>(`SELECT ${IS_LOCKED} AS is_locked`, [exportId]);
    if (lock?.isLocked === false) await markInterrupted(db, exportId, now);
  }
}
