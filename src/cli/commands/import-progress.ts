import type { ImportView } from "../../server/imports/index.ts";

const WIDTH = 30;

/** On a terminal: a bar. How many rows there are is guessed from the lines, for a value may have several. */
export function showProgress(lines: () => number): (seen: ImportView) => void {
  return (seen) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${progressLine(seen, lines())}`);
  };
}

/** How far it came, how fast it is, and how long it takes yet. */
export function progressLine(
  { rowsDone, rowsPerSecond, state }: Pick<ImportView, "rowsDone" | "rowsPerSecond" | "state">,
  lines: number,
): string {
  const isOver = state === "finished" || state === "checked";
  const expected = Math.max(1, lines - 1);
  const share = isOver ? 1 : Math.min(1, rowsDone / expected);
  const bar = "█".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "░");
  const isMoving = rowsPerSecond !== null && rowsPerSecond > 0;
  const speed = isMoving ? `, ${Math.round(rowsPerSecond).toLocaleString("en")} a second` : "";
  const left = isMoving && !isOver ? `, ${timeOf(Math.max(0, expected - rowsDone) / rowsPerSecond)} left` : "";
  return `${bar} ${rowsDone.toLocaleString("en")} rows${speed}${left}${isOver ? "\n" : ""}`;
}

function timeOf(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
