import type { ContactId } from "../../contract/identifiers.ts";
import type { Database, Transaction } from "../db/database.ts";
import type { Compiled } from "./condition-sql.ts";

/** A condition that took longer than a statement may: nothing is wrong, but there is no answer. */
export class TooSlow extends Error {}

/** Which of those that are found to name: the newest below an id, or some in order of their ids. */
export type Slice =
  | { readonly order: "newest"; readonly before: ContactId | undefined; readonly limit: number }
  | { readonly order: "oldest"; readonly skip: number; readonly limit: number };

export interface Found {
  readonly ids: readonly ContactId[];
  /** All that meet the conditions, not only these. */
  readonly total: number;
}

/** Everybody counted and some named: one statement, so that both are of one moment. It locks nobody. */
export async function findMeeting(db: Database, compiled: Compiled, slice: Slice): Promise<Found> {
  const { from, where, parameters } = compiled;
  const limit = parameters.add(slice.limit, "int");
  const some =
    slice.order === "newest"
      ? `WHERE contact_id < ${parameters.add(slice.before ?? Number.MAX_SAFE_INTEGER, "bigint")}
         ORDER BY contact_id DESC LIMIT ${limit}`
      : `ORDER BY contact_id LIMIT ${limit} OFFSET ${parameters.add(slice.skip, "int")}`;
  const statement = `
    WITH met AS MATERIALIZED (SELECT c.contact_id FROM ${from} WHERE ${where})
    SELECT (SELECT count(*) FROM met) AS total, ARRAY(SELECT contact_id FROM met ${some}) AS ids`;
  const [row] = await ask<{ total: number; ids: readonly string[] }>(db, statement, compiled);
  return { total: row?.total ?? 0, ids: (row?.ids ?? []).map((id) => Number(id) as ContactId) };
}

/** The ids of members (`contact_id`, each once), as a query for others that ask more about them. */
export interface MemberQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

export const memberQuery = ({ from, where, parameters }: Compiled): MemberQuery => ({
  text: `SELECT c.contact_id FROM ${from} WHERE ${where}`,
  values: parameters.values,
});

export interface Verdicts {
  readonly isLive: boolean;
  /** For each condition of the tree in its order, the whole first. */
  readonly holds: readonly boolean[];
}

/** How each condition turns out for the one contact that `compiled` asks about. Undefined: there is none. */
export async function findVerdicts(db: Database, compiled: Compiled): Promise<Verdicts | undefined> {
  const { from, holds, asked } = compiled;
  const verdicts = holds.map((sql) => `(${sql}) IS TRUE`).join(",\n");
  const statement = `
    SELECT c.status = 'live' AS is_live, ARRAY[${verdicts}] AS holds
    FROM ${from} WHERE ${asked}`;
  const [row] = await ask<Verdicts>(db, statement, compiled);
  return row;
}

async function ask<Row extends object>(db: Database, statement: string, compiled: Compiled): Promise<Row[]> {
  try {
    return await db.transaction(async (tx) => {
      await makeRoom(tx, compiled);
      return tx.query<Row>(statement, compiled.parameters.values);
    });
  } catch (error) {
    if (wasCutOff(error)) throw new TooSlow("The conditions took too long to be evaluated.", { cause: error });
    throw error;
  }
}

/**
 * Room for the hashes of a million contacts, so that they need not go to disk; and no compiler, which takes longer than
 * it saves. Where everybody is asked about, no loop over an index: PostgreSQL cannot know how many meet a condition, and
 * the one time it expects few where there are many costs more than reading everybody once. Holds for this transaction.
 */
async function makeRoom(tx: Transaction, { whom }: Compiled): Promise<void> {
  await tx.query(
    "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true), set_config('enable_nestloop', $1, true)",
    [whom === "everybody" ? "off" : "on"],
  );
}

/** By `statement_timeout` in the server or `query_timeout` in the driver. */
function wasCutOff(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === "57014") || error.message === "Query read timeout";
}
