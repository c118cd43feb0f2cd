import type { ContactExplanation } from "../../../contract/explanation.ts";
import { listApiKeys } from "../../db/api-keys.ts";
import { json, type Endpoint } from "../../http/compatible.ts";
import { explainContact } from "../../identity/index.ts";
import { findContactState } from "../store.ts";
import { tellStep } from "../tell-step.ts";
import type { ContactApiDeps } from "./deps.ts";
import { gone, idIn, unknownContact } from "./refusals.ts";

/** `GET /contact/{id}/explanation`: which requests made the contact what it is, on whose word, by which rule. */
export function explain({ db }: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const id = idIn(request);
    const state = await findContactState(db, id);
    if (state.kind === "unknown") throw unknownContact(id);
    if (state.kind === "erased") throw gone(id, "erased");
    const [steps, keys] = await Promise.all([explainContact(db, state.contactId), listApiKeys(db)]);
    const names = new Map(keys.map(({ keyId, name }) => [keyId, name]));
    const explanation: ContactExplanation = {
      id: state.contactId,
      steps: steps.map((step) => tellStep(step, names)),
    };
    return json(explanation);
  };
}
