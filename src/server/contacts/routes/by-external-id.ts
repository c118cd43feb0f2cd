import { sentence, type Endpoint } from "../../http/compatible.ts";
import { problem } from "../../http/problem.ts";
import { deleteContact } from "../../identity/index.ts";
import { findByExternalId } from "../store.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, callerOf, queryOf } from "./refusals.ts";

/** `DELETE /contact?externalCustomerId=…&erase=…`: softly, or for good. */
export function deleteByExternalId(deps: ContactApiDeps): Endpoint["answer"] {
  return async (request, keep) => {
    const { externalCustomerId, erase = "false" } = queryOf(request);
    if (typeof externalCustomerId !== "string" || externalCustomerId.trim() === "")
      throw problem(400, "no_identifier", "Name the contact: ?externalCustomerId=… (no_identifier)");
    if (erase !== "true" && erase !== "false") throw badRequest("erase has to be true or false.");
    const state = await findByExternalId(deps.db, externalCustomerId.trim());
    const name = `Contact with externalCustomerId='${externalCustomerId.slice(0, 128)}'`;
    if (state.kind === "unknown" || state.kind === "erased") throw problem(404, "unknown_contact", `${name} not found`);
    const { cause, now } = callerOf(request, deps);
    const order = { contactId: state.contactId, cause, at: now };
    if (erase === "false") {
      await deleteContact(deps, order);
      return sentence(`${name} has been deleted`);
    }
    // What is remembered for a repeated call names nobody any more.
    const outcome = await deps.erasePerson(order, (tx) => keep(tx, sentence("The contact has been erased")));
    if (outcome.kind === "unknown" || !outcome.changed) throw problem(404, "unknown_contact", `${name} not found`);
    return sentence(`${name} has been erased`);
  };
}
