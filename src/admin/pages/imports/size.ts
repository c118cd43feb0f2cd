import { locale } from "../../text/index.ts";

const SIZES = [
  ["megabyte", 1e6],
  ["kilobyte", 1e3],
] as const;

/** "12.4 MB", "36 bytes". */
export function sizeOf(bytes: number): string {
  const [unit, scale] = SIZES.find(([, least]) => bytes >= least) ?? (["byte", 1] as const);
  const maximumFractionDigits = bytes / scale >= 100 ? 0 : 1;
  const unitDisplay = unit === "byte" ? "long" : "short";
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay, maximumFractionDigits }).format(
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
