import { change, type Draft } from "./draft.ts";
import type { Contact } from "./facts.ts";
import { insists, rankOf } from "./trust.ts";
import { sayAbout } from "./values.ts";

/** Fields of the request come to the contact. What a stranger typed into a form only fills a contact it creates. */
export function applyFields(draft: Draft, target: Contact): void {
  const { request } = draft;
  const unproven = request.trust === "claim" || request.trust === "mail";
  if (unproven && target.id !== "new") return;
  const how = { rank: rankOf(request), at: request.moment, by: target.id, insist: insists(request) };
  change(draft, target.id, sayAbout(target, request.values, how));
}
