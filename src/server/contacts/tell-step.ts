import type { ExplanationStep } from "../../contract/explanation.ts";
import type { ExplanationStep as Step } from "../identity/index.ts";

/** A step of the audit, its API key called by the name that people gave it. */
export function tellStep(step: Step, keyNames: ReadonlyMap<string, string>): ExplanationStep {
  const { at, action, actor, requestId, reason, matchedBy, identifierKind, sourceKind, sourceId, url } = step;
  const [kind = "", ...rest] = actor.split(":");
  const name = rest.join(":");
  return {
    at,
    action,
    actor: { kind, name: (kind === "key" ? keyNames.get(name) : undefined) ?? (name || null) },
    requestId,
    reason,
    matchedBy,
    identifierKind,
    source: sourceKind === null || sourceId === null ? null : { kind: sourceKind, id: sourceId },
    otherContact: step.otherContactId,
    mergeId: step.mergeId,
    url,
  };
}
