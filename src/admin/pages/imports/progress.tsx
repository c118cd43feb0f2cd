import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { ImportDetails } from "../../../contract/imports.ts";
import { number, t } from "../../text/index.ts";
import { durationOf } from "./size.ts";

/** `share` undefined: nobody knows how much there is. */
export function ProgressBar({
  share,
  children,
}: {
  readonly share: number | undefined;
  readonly children: ComponentChildren;
}) {
  const id = useId();
  return (
    <div class="import-progress">
      <progress aria-labelledby={id} max={1} {...(share !== undefined && { value: share })} />
      <p id={id} class="small">
        {children}
      </p>
    </div>
  );
}

/** Rows, rate, time left. */
export function RowProgress({ seen }: { readonly seen: ImportDetails }) {
  const { rowsDone, rowsTotal, rowsPerSecond } = seen;
  const done = number(rowsDone);
  const rate = rowsPerSecond === null || rowsPerSecond <= 0 ? undefined : rowsPerSecond;
  const left = rate === undefined || rowsTotal === null ? undefined : (rowsTotal - rowsDone) / rate;
  const said = [
    rowsTotal === null ? t("imports.progress.open", { done }) : t("imports.progress", { done, all: number(rowsTotal) }),
    ...(rate === undefined ? [] : [t("imports.progress.rate", { n: number(Math.round(rate)) })]),
    ...(left === undefined ? [] : [t("imports.progress.left", { time: durationOf(left) })]),
  ];
  return (
    <ProgressBar share={rowsTotal === null ? undefined : rowsDone / Math.max(1, rowsTotal)}>
      {said.join(" · ")}
    </ProgressBar>
  );
}
