/** Collects the values of a statement: each becomes a parameter, so that no value is ever part of the SQL. */
export interface Parameters {
  readonly values: readonly unknown[];
  /** The place that stands for it, with its type: `$3::text[]`. */
  add(
    value: unknown,
    type: "text" | "text[]" | "bigint[]" | "int" | "int[]" | "bigint" | "numeric[]" | "timestamptz",
  ): string;
}

/** `given`: values that the statement has already. */
export function parameters(given: readonly unknown[] = []): Parameters {
  const values: unknown[] = [...given];
  return {
    values,
    add(value, type) {
      values.push(value);
      return `$${values.length}::${type}`;
    },
  };
}
