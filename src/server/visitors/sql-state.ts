const stateOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** The rows themselves are at fault: bad data (22), a broken constraint (23), a limit of the database (54). */
export const isPoison = (error: unknown): boolean => /^(22|23|54)...$/.test(stateOf(error));

/** Deadlock or serialisation failure: nothing is wrong but the moment. */
export const isOutOfOrder = (error: unknown): boolean => /^40(P01|001)$/.test(stateOf(error));

/** The database is away, full, being stopped or too busy: what failed is not at fault. */
export const isPassing = (error: unknown): boolean =>
  /^((08|40|53|57|58)...|55P03|E[A-Z]+)$/.test(stateOf(error)) ||
  (error instanceof Error &&
    /timeout exceeded when trying to connect|Connection terminated|timeout/i.test(error.message));
