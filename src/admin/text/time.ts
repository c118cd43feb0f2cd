import { signal } from "@preact/signals";
import type { Instant } from "../../contract/identifiers.ts";
import { locale, number } from "./index.ts";
import { kept } from "./kept.ts";

/** The present, as far as "3 minutes ago" needs it. */
export const now = signal<Instant>(Date.now());
setInterval(() => (now.value = Date.now()), 15_000);

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

const relativeFormat = kept((tag) => new Intl.RelativeTimeFormat(tag, { numeric: "auto" }));

/** "3 minutes ago", "yesterday"; a date when it is further away than a month. */
export function relativeTime(at: Instant): string {
  const distance = at - now.value;
  if (Math.abs(distance) > 30 * 86_400_000) return date(at);
  const format = relativeFormat(locale());
  const whole = distance < 0 ? distance : rounded(distance);
  for (const [unit, length] of UNITS) {
    if (Math.abs(whole) >= length) return format.format(Math.trunc(whole / length), unit);
  }
  return format.format(0, "second");
}

/** What is to come is said as it was promised: of seven days it is not six a moment later. */
function rounded(distance: number): number {
  const [, unit] = UNITS.find(([, length]) => distance >= length * 0.98) ?? ["minute", 60_000];
  return Math.round(distance / unit) * unit;
}

/** How moments are written, in the language of the moment. In Ukrainian the short word for "year" begins no line. */
function writtenWith(options: Intl.DateTimeFormatOptions): (at: Instant) => string {
  const format = kept((tag) => new Intl.DateTimeFormat(tag, options));
  return (at) =>
    format(locale())
      .format(at)
      .replace(/ (?=р\.)/, "\u00a0");
}

/** "12 Nov 2026": never a bare 10/11/26. */
export const date = writtenWith({ day: "numeric", month: "short", year: "numeric" });

/** "12 Nov": where the year is plain. */
export const shortDay = writtenWith({ day: "numeric", month: "short" });

/** "Thu, 12 Nov 2026" */
export const dayOf = writtenWith({ weekday: "short", day: "numeric", month: "short", year: "numeric" });

const dayOfThisYear = writtenWith({ weekday: "long", day: "numeric", month: "long" });
const dayOfAnyYear = writtenWith({ weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** "Thursday, 12 November", with the year when it is not this one. */
export function dayName(at: Instant): string {
  const sameYear = new Date(at).getFullYear() === new Date(now.value).getFullYear();
  return sameYear ? dayOfThisYear(at) : dayOfAnyYear(at);
}

export const timeOfDay = writtenWith({ hour: "2-digit", minute: "2-digit" });

/** To the second: for what comes thick and fast. */
export const preciseTimeOfDay = writtenWith({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Everything, with the time zone: for hovering. */
export const exactTime = writtenWith({
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});

/** Makes what numbers and moments of lists are written with: the first of a kind takes the browser a while. */
export function prepareFormats(): void {
  const at = now.value;
  number(at);
  for (const write of [date, exactTime, relativeTime]) write(at);
}

/** Days as the reader's zone counts them, for grouping. */
export function dayKey(at: Instant): string {
  const day = new Date(at);
  return `${day.getFullYear()}-${day.getMonth()}-${day.getDate()}`;
}
