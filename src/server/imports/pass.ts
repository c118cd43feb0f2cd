import type { FastifyBaseLogger } from "fastify";
import type { ImportFormat, ImportSettings } from "../../contract/imports.ts";
import { ensureGroups } from "../contacts/index.ts";
import type { Database } from "../db/database.ts";
import type { IdentityDeps } from "../identity/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { BatchDeps } from "./batch.ts";
import type { ImportField } from "./fields.ts";
import { KEY_TARGETS } from "./mapping-rules.ts";
import { readParts } from "./part-store.ts";
import { planRows, readRow, type Row, type RowPlan, type RowReading } from "./read-row.ts";
import { readRows, SLICE } from "./read-rows.ts";
import type { ImportRow } from "./store.ts";

export interface ImportDeps extends IdentityDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Pick<FastifyBaseLogger, "error" | "warn">;
  readonly listFields: () => Promise<readonly ImportField[]>;
  /** Rows of one transaction at most; tests take fewer. */
  readonly batchRows?: number;
}

/** Rows of one transaction: enough to be fast, few enough that others wait only a moment for the same people. */
const BATCH = 1_000;
/**
 * Keys of one transaction: each is a lock, and four batches at a time leave some of the 7,000 and more that a server has as it
 * comes (`max_locks_per_transaction` for each of `max_connections` and of its own processes).
 */
const KEYS = 1_500;

/** Slices of text that rows of one transaction are read from at most, so that a thousand huge rows need not fit into memory. */
const SLICES = Math.ceil((8 * 1024 * 1024) / SLICE);

/** Somebody else is at this import, or it was cancelled: nothing of the batch was written. */
export class Overtaken extends Error {
  constructor() {
    super("The import was cancelled or is carried on by another process.");
  }
}

/** One reading of the file from its first row, to check it or to run it. */
export interface Pass {
  readonly importId: number;
  readonly plan: RowPlan;
  readonly batchDeps: Omit<BatchDeps, "now">;
  readonly batches: () => AsyncGenerator<readonly RowReading[]>;
}

export async function openPass(deps: ImportDeps, found: ImportRow): Promise<Pass> {
  const { format, settings, importId, actor } = found;
  if (format === null || settings === null) throw new Error("An import begins with a format and settings.");
  const plan = planRows(
    settings,
    found.columns.map(({ name }) => name),
    await deps.listFields(),
  );
  return {
    importId,
    plan,
    batchDeps: {
      secretKey: deps.secretKey,
      identity: deps.identity,
      settings,
      plan,
      cause: { actor, requestId: `import:${importId}` },
      segment: undefined,
    },
    batches: () =>
      ahead(batchesOf(readRows(readParts(deps.db, importId), format), { format, plan, most: deps.batchRows ?? BATCH })),
  };
}

/** The List segment that contacts join, made when there is none of this name. */
export async function segmentOf(
  { db, clock }: ImportDeps,
  { segment }: Pick<ImportSettings, "segment">,
): Promise<number | undefined> {
  if (segment === null) return undefined;
  const [id] = await ensureGroups(db, { names: [segment.trim()], now: clock() });
  return id;
}

async function* batchesOf(
  source: AsyncIterable<readonly Row[]>,
  { format, plan, most }: { readonly format: ImportFormat; readonly plan: RowPlan; readonly most: number },
): AsyncGenerator<readonly RowReading[]> {
  const keys = plan.columns.filter(({ target }) => KEY_TARGETS.includes(target)).length;
  const size = Math.min(most, Math.floor(KEYS / Math.max(1, keys)));
  let waiting: RowReading[] = [];
  let slices = 0;
  let isFirst = format.hasHeader;
  for await (const rows of source) {
    slices += 1;
    for (const row of rows) {
      if (!isFirst) waiting.push(readRow(row, plan));
      isFirst = false;
      if (waiting.length < size) continue;
      yield waiting;
      waiting = [];
      slices = 0;
    }
    if (slices < SLICES || waiting.length === 0) continue;
    yield waiting;
    waiting = [];
    slices = 0;
  }
  if (waiting.length > 0) yield waiting;
}

/** Reads on while the last batch is being written. */
async function* ahead<Item>(source: AsyncGenerator<Item>): AsyncGenerator<Item> {
  try {
    let next = source.next();
    for (;;) {
      const step = await next;
      if (step.done === true) return;
      next = source.next();
      // Whoever stops listening must not leave a failure that nobody hears.
      next.catch(() => undefined);
      yield step.value;
    }
  } finally {
    await source.return(undefined).catch(() => undefined);
  }
}

export const lineOf = (reading: RowReading): number => rowOf(reading).line;
export const rowOf = (reading: RowReading): Row => (reading.kind === "intent" ? reading.intent.row : reading.row);
