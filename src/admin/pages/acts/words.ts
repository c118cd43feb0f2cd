import type { Act, ActForecast, ActResult } from "../../../contract/acts.ts";
import { counted, joined, number, openCounted, t } from "../../text/index.ts";

/** "Add to “Guests”". */
export const whatOf = ({ kind, list }: Act): string =>
  kind === "join" || kind === "leave" ? t(`acts.what.${kind}`, { list: list?.name ?? "" }) : t(`acts.what.${kind}`);

const OTHERS = ["deleted", "erased", "merged", "unknown", "noExternalId", "failed"] as const satisfies ActResult[];

interface Told {
  readonly text: string;
  /** They are in the list that the act is about. */
  readonly isInList: boolean;
}

/** What became of the contacts, each result that anybody had: "25 contacts were added to “Guests”", "3 were in it already". */
export function resultsOf({ kind, list, counts }: Act): readonly Told[] {
  const { changed, already } = counts;
  const isInList = kind === "join";
  return [
    { text: counted(`acts.done.${kind}`, changed, { list: list?.name ?? "" }), isInList: isInList && changed > 0 },
    ...(already > 0 ? [{ text: counted(`acts.already.${kind}`, already), isInList }] : []),
    ...OTHERS.filter((result) => counts[result] > 0).map((result) => ({
      text: counted(`acts.result.${result}`, counts[result]),
      isInList: false,
    })),
  ];
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
