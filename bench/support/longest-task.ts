/** A trace event of Chromium; `tdur` in microseconds of CPU time of its thread. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args?: { readonly data?: { readonly url?: string } };
}

/** CPU milliseconds of the longest task on the main thread of the page at `url`, where the tracker runs. */
export function longestTask(trace: Buffer, url: string): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const own = traceEvents.find(({ args }) => args?.data?.url?.endsWith("/backstory.js"));
  if (own === undefined) throw new Error(`Nothing of ${url} is in the trace.`);
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => name.endsWith("RunTask") && pid === own.pid && tid === own.tid,
  );
  if (tasks.length === 0) throw new Error(`No task of ${url} is in the trace.`);
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}
