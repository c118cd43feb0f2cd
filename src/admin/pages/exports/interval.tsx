import { useId } from "preact/hooks";
import { counted, t } from "../../text/index.ts";

const OFFERED: readonly number[] = [5, 15, 60, 6 * 60, 24 * 60, 7 * 24 * 60];

/** "every 15 minutes", "every hour", "every day". */
export function intervalText(minutes: number): string {
  if (minutes % 1_440 === 0) return counted("exports.every.day", minutes / 1_440);
  if (minutes % 60 === 0) return counted("exports.every.hour", minutes / 60);
  return counted("exports.every.minute", minutes);
}

export function IntervalField({ minutes }: { readonly minutes: number }) {
  const id = useId();
  const offered = OFFERED.includes(minutes) ? OFFERED : [...OFFERED, minutes].sort((a, b) => a - b);
  return (
    <div class="field">
      <label for={id}>{t("exports.interval")}</label>
      <select id={id} name="interval">
        {offered.map((one) => (
          <option key={one} value={one} selected={one === minutes}>
            {intervalText(one)}
          </option>
        ))}
      </select>
    </div>
  );
}
