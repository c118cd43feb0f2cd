import pg from "pg";
import type { Instant } from "../../contract/identifiers.ts";

/** Anything that runs SQL: the pool, or one transaction. */
export interface Queryable {
  /** Runs one statement. Rows come back with camelCase keys; timestamps as milliseconds, bigint as number. */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The same as a prepared statement, kept by its name on each connection: for the hot paths. */
  queryNamed<Row extends object = Record<string, unknown>>(
    name: string,
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
}

/** One transaction on one connection. */
export interface Transaction extends Queryable {
  readonly client: pg.ClientBase;
}

/**
 * `each time`: as PostgreSQL sees fit, which for statements with many parts is to plan them again each time they are run.
 * `once`: by their indexes, whatever the tables hold; for statements that find single rows and run by the thousand, where
 * planning would cost more than everything else. `in bulk`: for a thousand rows at a time, planned each time but by indexes,
 * for while a file fills the tables, what PostgreSQL knows of their size is old. And nobody waits for the disk: whoever works
 * like this notes in the same transaction how far it came, so that what the machine loses when it fails is done again.
 */
export type Planning = "each time" | "once" | "in bulk";

const BEGIN: Readonly<Record<Planning, string>> = {
  "each time": "BEGIN",
  once: "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off",
  "in bulk": "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL synchronous_commit = off",
};

export interface Database extends Queryable {
  readonly pool: pg.Pool;
  /** Commits when `work` resolves, rolls back when it throws. Retries nothing by itself: see `retried`. */
  transaction<T>(work: (tx: Transaction) => Promise<T>, planning?: Planning): Promise<T>;
  close(): Promise<void>;
}

/** An Instant as SQL takes it, open ends included. */
export function timestamp(instant: Instant): string {
  if (instant === Infinity) return "infinity";
  if (instant === -Infinity) return "-infinity";
  return new Date(instant).toISOString();
}

const types = new pg.TypeOverrides();
const instantOf = (text: string): Instant => {
  if (text === "infinity") return Infinity;
  if (text === "-infinity") return -Infinity;
  // PostgreSQL writes "2026-11-23 20:50:17.123+00"; ISO 8601 wants a T and minutes in the offset.
  return Date.parse(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
};
/** What one transaction wrote has one time, and is often read together: reading it again would cost more than the rest of a row. */
let lastRead = { text: "infinity", instant: Infinity };
const instantAgain = (text: string): Instant => {
  if (text !== lastRead.text) lastRead = { text, instant: instantOf(text) };
  return lastRead.instant;
};
types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, instantAgain);
types.setTypeParser(pg.types.builtins.INT8, Number);

const camelNames = new Map<string, string>();
function camelCase(column: string): string {
  let name = camelNames.get(column);
  if (name === undefined) {
    name = column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    camelNames.set(column, name);
  }
  return name;
}

type Runner = Pick<pg.ClientBase, "query"> | pg.Pool;

/**
 * Arrays of texts and numbers as PostgreSQL reads them. The driver does the same for arrays of anything, with several
 * strings made and thrown away for every element.
 */
function parameter(value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return value;
  const items = value as readonly unknown[];
  if (items.every((item) => typeof item === "number")) return `{${items.join()}}`;
  if (!items.every((item) => typeof item === "string" || item === null)) return value;
  const cells = items.map((item) =>
    item === null ? "NULL" : `"${/["\\]/.test(item) ? item.replace(/["\\]/g, "\\$&") : item}"`,
  );
  return `{${cells.join()}}`;
}

async function run<Row extends object>(runner: Runner, config: pg.QueryConfig): Promise<Row[]> {
  const result = await runner.query<unknown[]>({ ...config, rowMode: "array", types });
  const names = result.fields.map((field) => camelCase(field.name));
  const blank = Object.fromEntries(names.map((name) => [name, undefined]));
  return result.rows.map((cells) => {
    // A copy has room for all of them at once; growing, it would be moved several times.
    const row: Record<string, unknown> = { ...blank };
    for (let at = 0; at < names.length; at += 1) row[names[at] ?? ""] = cells[at];
    return row as Row;
  });
}

function queryable(runner: Runner): Queryable {
  return {
    query: (text, values = []) => run(runner, { text, values: values.map(parameter) }),
    queryNamed: (name, text, values = []) => run(runner, { name, text, values: values.map(parameter) }),
  };
}

export function openDatabase(options: pg.PoolConfig): Database {
  const pool = new pg.Pool({ application_name: "backstory", max: 16, connectionTimeoutMillis: 2_000, ...options });
  // An idle connection that breaks is replaced by the pool; without a listener Node would end the process.
  pool.on("error", () => undefined);
  return {
    ...queryable(pool),
    pool,
    transaction: (work, planning = "each time") => inTransaction(pool, work, planning),
    close: () => pool.end(),
  };
}

async function inTransaction<T>(pool: pg.Pool, work: (tx: Transaction) => Promise<T>, planning: Planning): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // While a connection is ours the pool does not listen to it: breaking between two statements, it would end the process.
  const noteBreak = (error: Error) => {
    broken = error;
  };
  client.on("error", noteBreak);
  try {
    await client.query(BEGIN[planning]);
    const result = await work({ ...queryable(client), client });
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error(String(failure));
    });
    throw error;
  } finally {
    // A broken one is thrown away, and may still have something to say while it goes.
    if (broken === undefined) client.off("error", noteBreak);
    client.release(broken);
  }
}
