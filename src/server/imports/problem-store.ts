import type { RowResult } from "../../contract/imports.ts";
import { Copy, copyRows } from "../db/copy.ts";
import type { Queryable, Transaction } from "../db/database.ts";
import type { FaultCode } from "./faults.ts";

export interface Problem {
  readonly kind: "failure" | "note";
  readonly line: number;
  readonly result: RowResult;
  readonly code: FaultCode;
  readonly columnName: string | null;
  readonly value: string | null;
  readonly cells: readonly string[];
}

export async function insertProblems(
  tx: Transaction,
  importId: number,
  problems: readonly (Problem & { readonly named: readonly string[] })[],
): Promise<void> {
  const copy = new Copy("import_problem", PROBLEM_COLUMNS);
  for (const { kind, line, result, code, columnName, value, cells, named } of problems) {
    copy.row().integer(importId).text(kind).bigint(line).text(result).text(code);
    copy
      .text(columnName)
      .text(value && withoutZero(value))
      .texts(cells.map(withoutZero))
      .texts(named.map(withoutZero));
  }
  await copyRows(tx, [copy]);
}

const PROBLEM_COLUMNS = ["import_id", "kind", "line", "result", "code", "column_name", "value", "cells", "named"];

/** The one character that PostgreSQL has no room for. */
const withoutZero = (text: string): string => text.replaceAll("\u0000", "");

export async function countProblems(
  db: Queryable,
  importId: number,
): Promise<{ readonly failures: number; readonly notes: number }> {
  const [found] = await db.query<{ failures: number; notes: number }>(
    `SELECT count(*) FILTER (WHERE kind = 'failure') AS failures, count(*) FILTER (WHERE kind = 'note') AS notes
     FROM import_problem WHERE import_id = $1`,
    [importId],
  );
  return found ?? { failures: 0, notes: 0 };
}

export function listProblems(
  db: Queryable,
  importId: number,
  page: { readonly kind: Problem["kind"]; readonly after: number; readonly limit: number },
): Promise<(Problem & { readonly number: number })[]> {
  return db.query(
    `SELECT number, kind, line, result, code, column_name, value, cells FROM import_problem
     WHERE import_id = $1 AND kind = $2 AND number > $3 ORDER BY number LIMIT $4`,
    [importId, page.kind, page.after, page.limit],
  );
}

export async function removeProblems(tx: Queryable, importId: number): Promise<void> {
  await tx.query("DELETE FROM import_problem WHERE import_id = $1", [importId]);
}

/** Rows that mention an erased person, as far as they are kept. */
export async function forgetRows(tx: Queryable, named: readonly string[]): Promise<void> {
  await tx.query("DELETE FROM import_problem WHERE named && $1::text[]", [named]);
  await tx.query(
    `UPDATE import SET samples = '[]' WHERE samples <> '[]' AND EXISTS (
       SELECT FROM unnest($1::text[]) AS word WHERE position(to_json(word)::text IN lower(samples::text)) > 0)`,
    [named],
  );
}

/** How many cells the longest row has that was left out because it has more than there are columns; 0: there is none. */
export async function findLongestRow(db: Queryable, importId: number): Promise<number> {
  const [found] = await db.query<{ cells: number }>(
    `SELECT coalesce(max(cardinality(cells)), 0) AS cells FROM import_problem
     WHERE import_id = $1 AND kind = 'failure' AND code = 'too_many_cells'`,
    [importId],
  );
  return found?.cells ?? 0;
}
