import type { Instant } from "../../contract/identifiers.ts";

const DAY = 24 * 60 * 60_000;

export const daysBefore = (now: Instant, days: number): Instant => now - days * DAY;

/** Where a day begins in the time zone of the installation. */
export function startOfDay(day: string): Instant {
  return new Date(`${day}T00:00:00`).getTime();
}

/** Where the day after it begins: not always 24 hours later. */
export function endOfDay(day: string): Instant {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + 1).getTime();
}

/** The day it is, so many days away, in the time zone of the installation. */
export function dayAt(now: Instant, daysAway: number): string {
  const at = new Date(now);
  const day = new Date(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate() + daysAway));
  return day.toISOString().slice(0, 10);
}
