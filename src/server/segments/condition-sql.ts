import type { ContactId, Instant } from "../../contract/identifiers.ts";
import type { Condition, ConditionGroup } from "../../contract/segments.ts";
import { eventSql } from "./event-sql.ts";
import type { SegmentField } from "./fields.ts";
import { fieldSql } from "./field-sql.ts";
import { parameters, type Parameters } from "./parameters.ts";
import { not, type SqlContext } from "./sql-context.ts";

export interface Compiled {
  /** `contact c` with whatever the conditions need to be joined. */
  readonly from: string;
  /** SQL that holds for those who are asked about, alive or not. */
  readonly asked: string;
  /** For each condition of the tree, in its order and the whole first: SQL that holds when it is met. */
  readonly holds: readonly string[];
  /** SQL that holds for the members: alive, asked about, and the whole tree met. */
  readonly where: string;
  readonly parameters: Parameters;
  readonly whom: SqlContext["whom"];
}

export interface Asking {
  readonly fields: ReadonlyMap<string, SegmentField>;
  readonly now: Instant;
  /** Whom the statement asks about; absent: everybody. */
  readonly contacts?: readonly ContactId[];
  /** Values of the statement that this becomes a part of; those of the conditions come after them. */
  readonly given?: readonly unknown[];
}

/** One statement's parts for a tree that was checked. */
export function compile(tree: ConditionGroup, { fields, now, contacts, given }: Asking): Compiled {
  const list = parameters(given);
  const joins: string[] = [];
  const some = contacts === undefined ? undefined : list.add(contacts, "bigint[]");
  const whom = some === undefined ? "everybody" : "some";
  const context: SqlContext = {
    parameters: list,
    now,
    whom,
    asks: (column) => (some === undefined ? "true" : `${column} = ANY (${some})`),
    isAmong: (contactIds) => `EXISTS (SELECT FROM (${contactIds}) found WHERE found.contact_id = c.contact_id)`,
    isAmongWorkedOut(contactIds) {
      const name = `met_${joins.length}`;
      joins.push(`LEFT JOIN (${contactIds}) ${name} ON ${name}.contact_id = c.contact_id`);
      return `${name}.contact_id IS NOT NULL`;
    },
  };
  const holds: string[] = [];
  const where = sqlOf(tree, { context, fields, holds });
  const from = ["contact c", ...joins].join("\n");
  const asked = context.asks("c.contact_id");
  return { from, asked, holds, where: `c.status = 'live' AND ${asked} AND ${where}`, parameters: list, whom };
}

interface Compiling {
  readonly context: SqlContext;
  readonly fields: ReadonlyMap<string, SegmentField>;
  readonly holds: string[];
}

function sqlOf(condition: Condition, compiling: Compiling): string {
  // Its place is taken before those of its parts.
  const place = compiling.holds.push("") - 1;
  const sql = "of" in condition ? groupSql(condition, compiling) : singleSql(condition, compiling);
  compiling.holds[place] = sql;
  return sql;
}

function groupSql({ kind, of }: ConditionGroup, compiling: Compiling): string {
  const parts = of.map((part) => sqlOf(part, compiling));
  // None of them: each not, which can be joined one by one.
  if (kind === "none") return `(${parts.map(not).join(" AND ")})`;
  return `(${parts.map((sql) => `(${sql})`).join(kind === "all" ? " AND " : " OR ")})`;
}

function singleSql(condition: Exclude<Condition, ConditionGroup>, { context, fields }: Compiling): string {
  if (condition.kind === "event") return eventSql(context, condition);
  const field = fields.get(condition.field);
  // A field that was deleted since is empty in every contact, and so is what asks for it.
  return field === undefined ? "false" : fieldSql(context, condition, field.kind);
}
