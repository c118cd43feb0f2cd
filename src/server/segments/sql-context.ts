import type { Instant } from "../../contract/identifiers.ts";
import type { Parameters } from "./parameters.ts";

/** What the parts of one statement share while it is put together. The contact's row is called `c` in all of them. */
export interface SqlContext {
  readonly parameters: Parameters;
  /** What "in the last 7 days" counts from. */
  readonly now: Instant;
  /** Whom the statement asks about: then it starts from them, not from what happened. */
  readonly whom: "everybody" | "some";
  /** SQL that holds for the id of a contact that is asked about. */
  asks(column: string): string;
  /**
   * SQL that holds for contacts whose id is among those that a subquery finds. Alone or negated it becomes a join; behind
   * an OR it is hashed or, when it finds too many for that, looked up by an index.
   */
  isAmong(contactIds: string): string;
  /**
   * The same for a subquery that finds each id once and cannot be asked by an index: always a join, so that it is
   * worked out once, whatever the tree looks like.
   */
  isAmongWorkedOut(contactIds: string): string;
}

const NULL_TESTS = /^(met_\d+\.contact_id) IS (NOT )?NULL$/;

/** SQL that is never NULL, and holds where the other does not. PostgreSQL sees through the simple forms only. */
export function not(sql: string): string {
  const [, column, isNot] = NULL_TESTS.exec(sql) ?? [];
  if (column !== undefined) return `${column} IS ${isNot === undefined ? "NOT " : ""}NULL`;
  if (sql.startsWith("EXISTS (")) return `NOT ${sql}`;
  return sql.startsWith("NOT EXISTS (") ? sql.slice("NOT ".length) : `((${sql}) IS NOT TRUE)`;
}
