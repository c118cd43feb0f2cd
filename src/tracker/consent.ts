import { attempt } from "./attempt.ts";

export type Decision = "granted" | "denied";

export interface Consent {
  /** A decision, or without one the site's mode; `required`: nothing may be stored or sent yet. */
  state(): string;
  /** What the visitor has said so far, here or on an earlier page. */
  decided(): string | undefined;
  decide(decision: Decision): void;
}

export const openConsent = (site: string, mode: string): Consent => {
  const key = `backstory_consent.${site}`;
  let said: string | undefined;
  // Asked each time: the visitor may have decided in another tab.
  const decided = (): string | undefined => attempt(() => localStorage.getItem(key)) ?? said;
  return {
    decided,
    state: () => decided() ?? mode,
    decide(decision) {
      said = decision;
      attempt(() => localStorage.setItem(key, decision));
    },
  };
};
