import type { Instant } from "../../contract/identifiers.ts";

const FORM = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * `2026-06-16`, `2026-06-16T11:40`, with seconds, fraction and offset if wanted. Without an offset the time zone of the
 * installation is meant. Nothing for any other text, or a day that no calendar has.
 */
export function instantOfText(text: string): Instant | undefined {
  const match = FORM.exec(text.trim());
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "00", minute = "00", second = "00", fraction = ".0", offset = ""] =
    match;
  const clock = `T${hour}:${minute}:${second}${fraction.slice(0, 4)}`;
  // A day that does not exist would quietly become one of the next month.
  const asUtc = Date.parse(`${year}-${month}-${day}${clock}Z`);
  if (Number.isNaN(asUtc) || new Date(asUtc).getUTCDate() !== Number(day)) return undefined;
  const instant = Date.parse(`${year}-${month}-${day}${clock}${offset.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2")}`);
  return Number.isNaN(instant) ? undefined : instant;
}
