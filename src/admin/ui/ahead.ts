/** What a screen shows: by which name it is known, and how to load it. */
export interface Wanted<Value> {
  readonly key: string;
  load(): Promise<Value>;
}

interface Begun {
  readonly at: number;
  readonly answer: Promise<unknown>;
  /** As soon as the answer is there. */
  arrived?: { readonly value: unknown };
}

/** Longer than any start takes; after it, what was loaded may have changed. */
const FRESH = 10_000;

const begun = new Map<string, Begun>();

const isFresh = ({ at }: Begun) => Date.now() - at < FRESH;

/** Asks for what a screen is going to want while its code, or who is logged in, is still on the way. */
export function begin<Value>({ key, load }: Wanted<Value>): void {
  const before = begun.get(key);
  if (before !== undefined && isFresh(before)) return;
  const answer = load();
  const one: Begun = { at: Date.now(), answer };
  begun.set(key, one);
  answer.then(
    (value) => void (one.arrived = { value }),
    // Whoever wants it asks anew and hears the reason; perhaps somebody has logged in by then.
    () => void (begun.get(key) === one && begun.delete(key)),
  );
}

function take(key: string): Begun | undefined {
  const found = begun.get(key);
  begun.delete(key);
  return found !== undefined && isFresh(found) ? found : undefined;
}

/** The answer that was begun, once and while it is fresh; else a new one. Under one key lies one kind of value. */
export function answerTo<Value>({ key, load }: Wanted<Value>): Promise<Value> {
  return (take(key)?.answer as Promise<Value> | undefined) ?? load();
}

/** The same when it is there already, so that it can be shown without waiting; else it is left where it is. */
export function arrivedAnswerTo<Value>({ key }: Wanted<Value>): { readonly value: Value } | undefined {
  if (begun.get(key)?.arrived === undefined) return undefined;
  return take(key)?.arrived as { readonly value: Value } | undefined;
}

/** Resolves when everything that was begun has been answered. */
export async function allAnswered(): Promise<void> {
  await Promise.allSettled([...begun.values()].map(({ answer }) => answer));
}
