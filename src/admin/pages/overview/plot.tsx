import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { number } from "../../text/index.ts";
import { shortDay } from "../../text/time.ts";

export interface Line {
  readonly label: string;
  /** A variable of the style sheet. */
  readonly color: `--${string}`;
  readonly look: "bars" | "line";
  readonly values: readonly (number | null)[];
}

interface Props {
  /** Of each day, as milliseconds. */
  readonly days: readonly number[];
  readonly lines: readonly Line[];
  /** What the axis ends at. Absent: a little above the greatest value; it begins at 0 either way. */
  readonly top?: number;
  readonly format?: (value: number) => string;
  chosen?(day: number): void;
}

const HEIGHT = 190;

/** Drawn for eyes only: the same numbers stand in a table beside it. */
export function Plot({ days, lines, top, format = number, chosen }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = place.current;
    if (box === null) return undefined;
    let plot: uPlot | undefined;
    const draw = () => {
      plot?.destroy();
      const options = optionsFor(
        { days, lines, format, ...(top !== undefined && { top }), ...(chosen && { chosen }) },
        box,
      );
      plot = new uPlot(options, [days.map((day) => day / 1000), ...lines.map(({ values }) => [...values])], box);
    };
    draw();
    const size = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: HEIGHT }));
    size.observe(box);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      size.disconnect();
      scheme.removeEventListener("change", draw);
      plot?.destroy();
    };
  }, [days, lines]);
  return <div class="plot" ref={place} aria-hidden="true" />;
}

function optionsFor({ days, lines, top, format = number, chosen }: Props, box: HTMLElement): uPlot.Options {
  const style = getComputedStyle(box);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: color("--muted"), font: `12px ${style.fontFamily}`, ticks: { show: false } };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: true, range: (_plot, from, to) => [from - 43_200, to + 43_200] },
      // From nought: half as high is half as many.
      y: { range: (_plot, _from, to) => [0, top ?? Math.max(4, Math.ceil((to ?? 0) * 1.1))] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        grid: { show: false },
        values: (_plot, moments) => moments.map((moment) => shortDay(moment * 1000)),
        splits: () => days.filter((_, index) => (days.length - 1 - index) % 7 === 0).map((day) => day / 1000),
      },
      {
        ...axis,
        size: 56,
        grid: { stroke: color("--line"), width: 1 },
        incrs: [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5],
        values: (_plot, values) => values.map(format),
      },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: color(line.color),
        ...(line.look === "bars"
          ? { fill: color(line.color), paths: barsOf, points: { show: false }, width: 0 }
          : { width: 2, points: { show: true, size: 5 }, spanGaps: false }),
      })),
    ],
    hooks: {
      ready: [
        (plot) =>
          plot.over.addEventListener("click", () => {
            const day = plot.cursor.idx == null ? undefined : days[plot.cursor.idx];
            if (day !== undefined) chosen?.(day);
          }),
      ],
    },
  };
}

const barsOf = uPlot.paths.bars?.({ size: [0.7, 40] }) ?? (() => null);
