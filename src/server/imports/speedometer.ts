/** How fast rows go by, over the last seconds. */
export interface Speedometer {
  see(rows: number): void;
  /** Null: too early to say. */
  rowsPerSecond(): number | null;
}

const WINDOW = 5_000;

export function speedometer(now: () => number = () => performance.now()): Speedometer {
  const seen: { readonly at: number; readonly rows: number }[] = [];
  return {
    see(rows) {
      seen.push({ at: now(), rows });
      while (seen.length > 2 && (seen[0]?.at ?? 0) < now() - WINDOW) seen.shift();
    },
    rowsPerSecond() {
      const [first] = seen;
      const last = seen.at(-1);
      if (first === undefined || last === undefined || last.at - first.at < 200) return null;
      return ((last.rows - first.rows) * 1_000) / (last.at - first.at);
    },
  };
}
