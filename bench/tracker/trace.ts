/** A trace event of Chromium; times in microseconds, `tdur` in CPU time of its thread. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly data?: { readonly url?: string } };
}

export interface Cost {
  /** CPU milliseconds of evaluating the tracker's own script. */
  readonly evaluate: number;
  /** CPU milliseconds of all JavaScript on the page's main thread. */
  readonly javascript: number;
}

/** Where JavaScript of a page runs. */
const SCRIPTED = new Set([
  "EvaluateScript",
  "v8.compile",
  "v8.compileModule",
  "v8.evaluateModule",
  "FunctionCall",
  "TimerFire",
  "EventDispatch",
  "RunMicrotasks",
  "FireAnimationFrame",
  "FireIdleCallback",
  "XHRReadyStateChange",
  "XHRLoad",
]);

export function costIn(trace: Buffer, { page, script }: { readonly page: string; readonly script: string }): Cost {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const urlOf = ({ args }: TraceEvent): string => args?.data?.url ?? "";
  const own = traceEvents.find((event) => event.name === "EvaluateScript" && urlOf(event) === page);
  if (own === undefined) throw new Error(`Nothing of ${page} is in the trace.`);
  const thread = traceEvents.filter(({ ph, pid, tid }) => ph === "X" && pid === own.pid && tid === own.tid);
  const scripted = outermost(thread.filter(({ name }) => SCRIPTED.has(name)));
  const evaluating = scripted.filter((event) => urlOf(event) === script);
  return { evaluate: cpu(evaluating), javascript: cpu(scripted) };
}

/** Without those that ran inside another. */
function outermost(events: readonly TraceEvent[]): TraceEvent[] {
  let end = -Infinity;
  return [...events]
    .sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
    .filter(({ ts, dur = 0 }) => {
      if (ts < end) return false;
      end = ts + dur;
      return true;
    });
}

const cpu = (events: readonly TraceEvent[]): number => events.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1000;
