import type { Operator } from "../../contract/segments.ts";
import type { SqlContext } from "./sql-context.ts";

// The characters that JavaScript's trim() takes away.
const BLANKS = String.raw`U&'\0009\000A\000B\000C\000D\0020\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000\FEFF'`;

/**
 * NULL, '' and blanks are the same: nothing. What begins with a printable ASCII character, or with a letter of Latin,
 * Greek or Cyrillic script, is something: that is told by its first byte, ten times as fast as by trimming.
 */
export function isBlank(sql: string): string {
  const text = `(${sql} COLLATE "C")`;
  const something = String.raw`${text} >= '!' AND ${text} < U&'\007F' OR ${text} >= U&'\00C0' AND ${text} < U&'\1680'`;
  return `(${text} IS NULL OR NOT (${something}) AND btrim(${text}, ${BLANKS}) = '')`;
}

/** Letter case counts for ids, and for nothing that people write. */
export type Compared = "exactly" | "folded";

export interface TextTest {
  readonly operator: Operator;
  readonly values: readonly (string | number)[];
  readonly compared: Compared;
}

/** One of the values is enough. The server folds both sides, so that they agree whatever its locale. */
export function textTest({ parameters }: SqlContext, column: string, { operator, values, compared }: TextTest): string {
  const list = parameters.add(values.map(patternOf(operator)), "text[]");
  const wanted = compared === "folded" ? `ARRAY(SELECT lower(v) FROM unnest(${list}) AS v)` : list;
  const text = compared === "folded" ? `lower(${column})` : column;
  return operator === "is" ? `${text} = ANY (${wanted})` : `${text} LIKE ANY (${wanted})`;
}

function patternOf(operator: Operator): (value: string | number) => string {
  return (value) => {
    if (operator === "is") return String(value);
    const literal = String(value).replace(/[\\%_]/g, "\\$&");
    if (operator === "startsWith") return `${literal}%`;
    return operator === "endsWith" ? `%${literal}` : `%${literal}%`;
  };
}
