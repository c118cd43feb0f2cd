/** What one look found. `warn`: it works, but not as well or as safely as it could. */
export interface Finding {
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  /** What was found, in a sentence. */
  readonly says: string;
  /** What to do about it; absent when there is nothing to do. */
  readonly advice?: string;
}

export type Look = () => Promise<Finding | readonly Finding[]>;

export const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${reasonOf(error.cause)}` : "";
  return `${error.message.replace(/\.$/, "")}${cause}`;
};
