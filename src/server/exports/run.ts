import type pg from "pg";
import type { ExportFault, RunNote, RunTable } from "../../contract/exports.ts";
import type { Database } from "../db/database.ts";
import { openLongConnection } from "../db/long-connection.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Reach } from "../lib/outside-address.ts";
import { listDynamicMemberships } from "../segments/index.ts";
import { ExportRefused } from "./fault.ts";
import { listExportFields } from "./fields.ts";
import { tryLock } from "./lock.ts";
import { planExtents, type DestinationState, type Extent } from "./rules.ts";
import { openSource, type Source } from "./source.ts";
import { selectRows } from "./source-store.ts";
import { beginRun, endRun, findExport, forgetErasures, noteProgress, settleOrder, type StoredExport } from "./store.ts";
import { shapesOf, type ExportField, type TableShape } from "./tables.ts";
import { openTarget } from "./targets/index.ts";
import type { Session, Target } from "./targets/target.ts";

export interface ExportDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn" | "error">;
  readonly secretKey: string;
  readonly exportReach: Reach;
  /** Waits between two tries of one request. Absent: longer and longer. */
  readonly backOff?: (attempt: number) => Promise<unknown>;
}

export type RunOutcome =
  | { readonly kind: "finished"; readonly runId: number; readonly tables: readonly RunTable[] }
  | { readonly kind: "failed"; readonly runId: number; readonly fault: ExportFault }
  /** Another process is at it. */
  | { readonly kind: "busy" }
  | { readonly kind: "unknown" };

/** Brings a destination up to date, once. Cut off anywhere, the next run ends in the same state. */
export async function runExport(deps: ExportDeps, exportId: string): Promise<RunOutcome> {
  if ((await findExport(deps.db, exportId)) === undefined) return { kind: "unknown" };
  const client = await openLongConnection(deps.db, "export");
  try {
    if (!(await tryLock(client, exportId))) return { kind: "busy" };
    // Under the lock: it may have been changed, or run, a moment ago.
    const export_ = await findExport(deps.db, exportId);
    if (export_ === undefined) return { kind: "unknown" };
    const reason = export_.askedAt === null ? "schedule" : "asked";
    const runId = await beginRun(deps.db, { exportId, reason, now: deps.clock() });
    return await carryOut(deps, { export_, runId, client });
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface Running {
  readonly export_: StoredExport;
  readonly runId: number;
  readonly client: pg.Client;
}

async function carryOut(deps: ExportDeps, running: Running): Promise<RunOutcome> {
  const { export_, runId } = running;
  try {
    const tables = await exportAll(deps, running);
    await endRun(deps.db, { runId, now: deps.clock(), error: null });
    await settleOrder(deps.db, export_);
    return { kind: "finished", runId, tables };
  } catch (error) {
    const fault = faultOf(error);
    if (!(error instanceof ExportRefused)) deps.log.error({ err: error, export: export_.exportId }, "an export failed");
    await endRun(deps.db, { runId, now: deps.clock(), error: fault });
    // What was asked for was tried; from here on the timetable decides when to try again.
    await settleOrder(deps.db, { ...export_, allAgain: false });
    return { kind: "failed", runId, fault };
  }
}

function faultOf(error: unknown): ExportFault {
  if (error instanceof ExportRefused) return error.fault;
  return {
    code: "internal",
    detail: "Something went wrong on our side. The server's log has the cause. It is tried again by itself.",
  };
}

async function exportAll(deps: ExportDeps, { export_, runId, client }: Running): Promise<RunTable[]> {
  const { exportId } = export_;
  const target = openTarget(deps, export_);
  const fields = await listExportFields(deps.db);
  const session = await target.open();
  try {
    const known = await session.readState();
    const shapes = shapesOf({ ...export_, fields });
    const { notes, refill } = await session.prepare(shapes, known);
    const dynamic = export_.tables.includes("segments_members") ? await listDynamicMemberships(deps) : [];
    const source = await openSource(client, { exportId, now: deps.clock(), dynamic });
    const extents = planExtents(shapes, known, { moment: source.moment, allAgain: export_.allAgain, refill });
    const passage: Passage = { deps, exportId, runId, target, session, source, fields, shapes, extents, notes };
    await remove(passage);
    const sent = await sendTables(passage);
    const effects = await session.finish(stateAfter(passage, known));
    const tables = sent.tables.map((table) => ({ ...table, ...effects.get(table.name) }));
    await noteProgress(deps.db, runId, { tables, bytes: sent.bytes, notes: [...notes] });
    await forgetErasures(
      deps.db,
      (await source.listRemovals(undefined)).stretches.map((it) => it.exportErasureId),
    );
    return tables;
  } finally {
    await session.close();
  }
}

interface Passage {
  readonly deps: ExportDeps;
  readonly exportId: string;
  readonly runId: number;
  readonly target: Target;
  readonly session: Session;
  readonly source: Source;
  readonly fields: readonly ExportField[];
  readonly shapes: readonly TableShape[];
  readonly extents: ReadonlyMap<string, Extent>;
  readonly notes: readonly RunNote[];
}

const extentOf = ({ extents }: Passage, { name }: TableShape): Extent => extents.get(name) ?? { kind: "whole" };

/** First what has to go: a source that was erased and came back is sent again below. */
async function remove(passage: Passage): Promise<void> {
  const since = [...passage.extents.values()].flatMap((extent) => (extent.kind === "changed" ? [extent.since] : []));
  const [oldest] = since;
  await passage.session.remove(await passage.source.listRemovals(oldest));
}

async function sendTables(passage: Passage): Promise<{ readonly tables: RunTable[]; readonly bytes: number }> {
  const { deps, exportId, runId, target, session, source, fields, shapes, notes } = passage;
  const tables: RunTable[] = [];
  let bytes = 0;
  for (const shape of shapes) {
    const extent = extentOf(passage, shape);
    const query = selectRows(shape, { exportId, extent, fields, form: target.form });
    const loaded = await session.load({ shape, extent, query, source });
    bytes += loaded.bytes;
    tables.push({ name: shape.name, read: loaded.rows, written: 0, removed: 0, whole: extent.kind === "whole" });
    await noteProgress(deps.db, runId, { tables, bytes, notes: [...notes] });
  }
  return { tables, bytes };
}

function stateAfter(passage: Passage, known: DestinationState | undefined): DestinationState {
  const { source, shapes } = passage;
  const { moment } = source;
  const isCompared = shapes.every((shape) => shape.name === "events" || extentOf(passage, shape).kind === "whole");
  return {
    snapshot: moment.snapshot,
    cluster: moment.cluster,
    tables: Object.fromEntries(shapes.map(({ name, columns }) => [name, columns.map((column) => column.name)])),
    comparedAt: isCompared || known === undefined ? moment.now : known.comparedAt,
  };
}
