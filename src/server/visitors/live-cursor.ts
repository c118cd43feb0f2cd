/** Where somebody who watches goes on: what a snapshot of the database saw is what they have seen. */
export interface LiveCursor {
  /** As PostgreSQL writes snapshots. */
  readonly seen: string;
  /** In the middle of what came since: up to which snapshot, and the last row that was told. */
  readonly within?: { readonly until: string; readonly writtenIn: number; readonly position: string };
}

export function writeLiveCursor({ seen, within }: LiveCursor): string {
  return within === undefined ? seen : [seen, within.until, within.writtenIn, within.position].join("~");
}

/** Undefined: it is not one of ours. */
export function readLiveCursor(text: string): LiveCursor | undefined {
  const [seen = "", until, writtenIn, position, ...rest] = text.split("~");
  if (!isSnapshot(seen) || rest.length > 0) return undefined;
  if (until === undefined) return { seen };
  if (!isSnapshot(until) || position === undefined || position.length > 100) return undefined;
  const transaction = Number(writtenIn);
  return Number.isSafeInteger(transaction) && transaction >= 0
    ? { seen, within: { until, writtenIn: transaction, position } }
    : undefined;
}

const SNAPSHOT = /^(\d{1,16}):(\d{1,16}):((?:\d{1,16}(?:,\d{1,16})*)?)$/;

/** What PostgreSQL would read as a snapshot: `xmin:xmax:`, then those under way between the two, in order. */
function isSnapshot(text: string): boolean {
  const [, xmin, xmax, list] = SNAPSHOT.exec(text) ?? [];
  if (xmin === undefined || xmax === undefined) return false;
  const [from, to] = [Number(xmin), Number(xmax)];
  const running = list ? list.split(",").map(Number) : [];
  const inOrder = running.every((id, index) => id >= from && id < to && id > (running[index - 1] ?? -1));
  return from > 0 && from <= to && inOrder;
}
