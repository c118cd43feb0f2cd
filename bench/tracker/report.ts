import type { Upload } from "./collector.ts";
import type { Peer } from "./peers.ts";
import type { Cost } from "./trace.ts";

export interface Measured {
  readonly peer: Peer;
  readonly sizes: { readonly raw: number; readonly gzip: number; readonly brotli: number };
  /** For a view of a page and an identify. */
  readonly requests: readonly Upload[];
  readonly full: Cost | undefined;
  readonly slow: Cost | undefined;
}

export interface Circumstances {
  readonly rounds: number;
  readonly chromium: string;
  /** Load average of the machine. */
  readonly load: number;
}

/** The whole of bench/tracker/README.md. Ratios are to ours: above 1 the other costs more. */
export function report(measured: readonly Measured[], { rounds, chromium, load }: Circumstances): string {
  const [ours] = measured;
  if (ours === undefined) return "";
  const date = new Date().toISOString().slice(0, 10);
  return `# The tracker beside its peers

Written by \`npx tsx bench/tracker/main.ts [rounds]\`, after \`npm run build\` and \`npm ci --ignore-scripts\` in this folder.

${date}, Chromium ${chromium}, Node ${process.versions.node}, 2 cores, load average ${load.toFixed(1)} at the end, ${rounds} rounds, medians.
Each tracker is the file that its package ships for a script tag (plausible's module as a script of its own), in its
default configuration, one view of a page and one identify (an event where a tracker knows no people). Ratios in
brackets are to ours: above 1 the other costs more.

## Bytes of the script

${table(["", "raw", "gzip -9", "brotli -11"], measured, ({ peer, sizes }) => [
  peer.name,
  withRatio(sizes.raw, ours.sizes.raw),
  withRatio(sizes.gzip, ours.sizes.gzip),
  withRatio(sizes.brotli, ours.sizes.brotli),
])}

## Main thread, CPU milliseconds

A cold page in a new browser profile, the trackers in turn. CPU time of the page's main thread from a trace:
_evaluate_ is the tracker's file alone (ours starts and records the view in it, others are started after it), _all
JavaScript_ everything a page with it runs beyond the same page without it: the figure to compare.
The throttle is Chromium's own; on this machine it slows by more than its name says.

${table(
  ["", "evaluate", "all JavaScript", "evaluate, 4 × throttle", "all JavaScript, 4 × throttle"],
  measured,
  ({ peer, full, slow }) => [
    peer.name,
    withRatio(full?.evaluate, ours.full?.evaluate),
    withRatio(full?.javascript, ours.full?.javascript),
    withRatio(slow?.evaluate, ours.slow?.evaluate),
    withRatio(slow?.javascript, ours.slow?.javascript),
  ],
)}

## Requests for one view of a page and one identify

_Settings_ are what a tracker asks for before or beside its events. Bytes are request line, headers and body of all
that goes up.

${table(["", "events", "settings", "preflights", "bytes up"], measured, ({ peer, requests }) => [
  peer.name,
  ...Object.values(countsOf(requests)).map(String),
  withRatio(bytesOf(requests), bytesOf(ours.requests)),
])}
`;
}

function countsOf(requests: readonly Upload[]): { events: number; settings: number; preflights: number } {
  const preflights = requests.filter(({ method }) => method === "OPTIONS").length;
  const settings = requests.filter(({ method, path }) => method !== "OPTIONS" && isSettings(method, path)).length;
  return { events: requests.length - settings - preflights, settings, preflights };
}

const isSettings = (method: string, path: string): boolean =>
  method === "GET" || /\/(flags|decide|settings|remote_config)\b/.test(path);

const bytesOf = (requests: readonly Upload[]): number => requests.reduce((sum, { bytes }) => sum + bytes, 0);

function withRatio(value = NaN, ours = NaN): string {
  const figure = Number.isInteger(value) ? String(value) : value.toFixed(1);
  return value === ours ? `**${figure}**` : `${figure} (${Number((value / ours).toPrecision(2))})`;
}

function table<T>(head: readonly string[], items: readonly T[], cells: (item: T) => readonly string[]): string {
  const rule = head.map((_, i) => (i === 0 ? "---" : "---:"));
  return [head, rule, ...items.map(cells)].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
