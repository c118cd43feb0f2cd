import type { Act, ActForecast, ActResult } from "../../../contract/acts.ts";
import { counted, joined, number, openCounted, t } from "../../text/index.ts";

/** "Add to “Guests”". */
export const whatOf = ({ kind, list }: Act): string =>
  kind === "join" || kind === "leave" ? t(`acts.what.${kind}`, { list: list?.name ?? "" }) : t(`acts.what.${kind}`);

const OTHERS = ["deleted", "erased", "merged", "unknown", "noExternalId", "failed"] as const satisfies ActResult[];

/** What became of the contacts, each result that anybody had: "25 contacts were added to “Guests”; 3 were in it already". */
export function resultOf({ kind, list, counts }: Act): string {
  const parts = [
    counted(`acts.done.${kind}`, counts.changed, { list: list?.name ?? "" }),
    ...(counts.already > 0 ? [counted(`acts.already.${kind}`, counts.already)] : []),
    ...OTHERS.filter((result) => counts[result] > 0).map((result) => counted(`acts.result.${result}`, counts[result])),
  ];
  return parts.join("; ");
}

/** Why it ended before its end. Undefined: it did not. */
export function endOf({ state, error, done, contacts }: Act): string | undefined {
  const values = { done: number(done), all: number(contacts) };
  if (state === "cancelled") return t("acts.stopped", values);
  return state === "failed" && error !== null ? t(`acts.error.${error}`, values) : undefined;
}

/** What goes with the contacts, in numbers: "214 events, 2 browsers and 1 device". */
export function belongingsOf({ events, eventsCountedTo, browsers, devices }: ActForecast): string {
  const parts = [
    ...(events === null
      ? [t("effect.manyEvents")]
      : events > 0
        ? [openCounted("effect.events", events, eventsCountedTo)]
        : []),
    ...(browsers > 0 ? [counted("effect.browsers", browsers)] : []),
    ...(devices > 0 ? [counted("effect.devices", devices)] : []),
  ];
  return parts.length === 0 ? t("effect.nothing") : joined(parts);
}
