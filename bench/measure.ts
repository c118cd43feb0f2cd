/** How long one thing takes, in milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  /** The same of the processor time that it took. */
  readonly processor?: Quantiles;
}

/** Runs `work` one after the other; the first tenth only warms up. */
export async function measure(
  runs: number,
  work: (run: number) => Promise<unknown>,
  meter?: () => number,
): Promise<Quantiles> {
  const times: number[] = [];
  const costs: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const started = { at: performance.now(), used: meter?.() ?? 0 };
    await work(run);
    if (run < runs / 10) continue;
    times.push(performance.now() - started.at);
    if (meter !== undefined) costs.push(meter() - started.used);
  }
  return {
    ...quantiles(times),
    ...(meter !== undefined && { processor: quantiles(costs) }),
  };
}

export function quantiles(times: readonly number[]): Quantiles {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

export function line(name: string, { p50, p99, processor }: Quantiles, floor?: Quantiles): string {
  const ratio = floor === undefined ? "" : `   ${(p50 / floor.p50).toFixed(1)} x floor`;
  const costs =
    processor === undefined ? "" : `   processor p50 ${processor.p50.toFixed(2)}, p99 ${processor.p99.toFixed(2)} ms`;
  return `${name.padEnd(46)} p50 ${p50.toFixed(2).padStart(8)} ms   p99 ${p99.toFixed(2).padStart(8)} ms${costs}${ratio}`;
}
