import { locale } from "../../text/index.ts";

/** "12.4 MB". */
export function sizeOf(bytes: number): string {
  const [unit, scale] = bytes >= 1e6 ? (["megabyte", 1e6] as const) : (["kilobyte", 1e3] as const);
  const maximumFractionDigits = bytes / scale >= 100 ? 0 : 1;
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits }).format(
    bytes / scale,
  );
}

/** "2 min", "40 sec". */
export function durationOf(seconds: number): string {
  const [unit, scale] = seconds >= 90 ? (["minute", 60] as const) : (["second", 1] as const);
  return new Intl.NumberFormat(locale(), {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: 0,
  }).format(Math.max(1, seconds / scale));
}
