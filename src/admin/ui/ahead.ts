/** What a screen shows: by which name it is known, and how to load it. */
export interface Wanted<Value> {
  readonly key: string;
  load(): Promise<Value>;
}

/** Longer than any start takes; after it, what was loaded may have changed. */
const FRESH = 10_000;

const begun = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();

/** Asks for what a screen is going to want while its code, or who is logged in, is still on the way. */
export function begin<Value>({ key, load }: Wanted<Value>): void {
  const answer = load();
  begun.set(key, { at: Date.now(), answer });
  // Whoever wants it asks anew and hears the reason; perhaps somebody has logged in by then.
  answer.catch(() => begun.delete(key));
}

/** The answer that was begun, once and while it is fresh. */
export function takeBegun(key: string): Promise<unknown> | undefined {
  const found = begun.get(key);
  begun.delete(key);
  return found !== undefined && Date.now() - found.at < FRESH ? found.answer : undefined;
}
