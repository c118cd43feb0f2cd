import { href } from "../../router.ts";
import { t } from "../../text/index.ts";

export const STEPS = ["file", "columns", "check", "run"] as const;
export type Step = (typeof STEPS)[number];

/** The four steps; one that was left behind, and can be gone back to, is a link. */
export function Steps({
  here,
  back,
}: {
  readonly here: Step;
  readonly back?: { readonly id: number; readonly to: readonly Step[] };
}) {
  return (
    <nav aria-label={t("imports.steps")}>
      <ol class="import-steps">
        {STEPS.map((step, at) => {
          const label = (
            <>
              <span class="import-step-number" aria-hidden="true">
                {at + 1}
              </span>
              {t(`imports.step.${step}`)}
            </>
          );
          return (
            <li key={step} class={step === here ? "is-here" : ""} aria-current={step === here ? "step" : undefined}>
              {step !== here && back?.to.includes(step) === true ? (
                <a href={href(`/imports/${back.id}`, { step })}>{label}</a>
              ) : (
                <span>{label}</span>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
