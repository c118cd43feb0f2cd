import type { Act } from "../../../contract/acts.ts";
import { number, t } from "../../text/index.ts";
import { ProgressBar } from "../imports/progress.tsx";
import { durationOf } from "../imports/size.ts";

/** How far it has come, how fast, and how long it is going to take. */
export function ActProgress({ act }: { readonly act: Act }) {
  const { done, contacts, perSecond } = act;
  const said = [
    t("acts.progress", { done: number(done), all: number(contacts) }),
    ...(perSecond === null
      ? []
      : [
          t("acts.progress.rate", { n: number(Math.round(perSecond)) }),
          t("imports.progress.left", { time: durationOf((contacts - done) / perSecond) }),
        ]),
  ];
  return <ProgressBar share={done / Math.max(1, contacts)}>{said.join(" · ")}</ProgressBar>;
}
