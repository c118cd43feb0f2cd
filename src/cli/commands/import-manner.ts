import type { ArgsDef } from "citty";
import { DELIMITERS, ENCODINGS, type ImportFormat, type ImportSettings } from "../../contract/imports.ts";
import { Misused } from "../outcome.ts";

/** How a file is read and what it does to contacts that are known: as the admin asks it, word for word. */
export const MANNER_ARGS = {
  "fill-empty": { type: "boolean", description: "Keep what contacts have, fill only gaps" },
  "clear-empty": { type: "boolean", description: "Empty cells clear the field; addresses and ids are never cleared" },
  unconfirmed: { type: "boolean", description: "New addresses wait for their confirmation" },
  "replace-external-ids": {
    type: "boolean",
    description: "Where another field is the key: replace an External ID that differs",
  },
  country: { type: "string", description: "Where phones without a country code belong, like UA" },
  dates: { type: "string", description: "dayFirst or monthFirst: how 03/04/2001 is meant" },
  encoding: { type: "string", description: `Absent: found out. ${ENCODINGS.join(", ")}` },
  delimiter: { type: "string", description: "Absent: found out. One of , ; | tab" },
  names: {
    type: "boolean",
    default: true,
    description: "The first line names the columns",
    negativeDescription: "The first line is a contact already; columns are called 1, 2, 3 …",
  },
} as const satisfies ArgsDef;

type Given = Readonly<Record<string, unknown>>;

const isSaid = (args: Given, name: keyof typeof MANNER_ARGS): boolean => args[name] === true;

function wordOf(args: Given, name: keyof typeof MANNER_ARGS): string | undefined {
  const value = args[name];
  return typeof value === "string" ? value : undefined;
}

/** Each option by itself: what is not said is as it is in the admin before anything was chosen, whatever was chosen last. */
export function readManner(args: Given): Partial<ImportSettings> {
  return {
    existing: isSaid(args, "fill-empty") ? "fillEmpty" : "overwrite",
    emptyCells: isSaid(args, "clear-empty") ? "clear" : "leave",
    newAddresses: isSaid(args, "unconfirmed") ? "unconfirmed" : "confirmed",
    replaceExternalIds: isSaid(args, "replace-external-ids"),
    country: countryOf(wordOf(args, "country")),
    slashedDates: oneOf("dates", wordOf(args, "dates"), ["dayFirst", "monthFirst"]) ?? null,
  };
}

export function readFormat(args: Given): Partial<ImportFormat> {
  const encoding = oneOf("encoding", wordOf(args, "encoding")?.toLowerCase(), ENCODINGS);
  const said = wordOf(args, "delimiter");
  const delimiter = oneOf("delimiter", said === "tab" || said === "\\t" ? "\t" : said, DELIMITERS);
  return {
    ...(encoding !== undefined && { encoding }),
    ...(delimiter !== undefined && { delimiter }),
    ...(args["names"] === false && { hasHeader: false }),
  };
}

function countryOf(word: string | undefined): string | null {
  if (word === undefined) return null;
  const country = word.toUpperCase();
  if (!/^[A-Z]{2}$/.test(country)) throw new Misused(`--country takes two letters like UA, not "${word}"`);
  return country;
}

function oneOf<const Word extends string>(
  name: string,
  word: string | undefined,
  known: readonly Word[],
): Word | undefined {
  if (word === undefined) return undefined;
  const found = known.find((one) => one === word);
  if (found === undefined)
    throw new Misused(`--${name} takes one of ${known.join(" ").replace("\t", "tab")}, not "${word}"`);
  return found;
}
