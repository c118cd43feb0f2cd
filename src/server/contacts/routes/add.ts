import { json, type Endpoint } from "../../http/compatible.ts";
import { answerOf } from "../answers.ts";
import { addOrUpdate } from "../contact-calls.ts";
import { readContactInput } from "../contact-input.ts";
import { fieldsNamedIn } from "../field-input.ts";
import { readSignUp, subscribe } from "../subscribe.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, callerOf, resolved } from "./refusals.ts";

/** `POST /contact`: the contact itself, not wrapped. */
export function addContact(deps: ContactApiDeps): Endpoint["answer"] {
  return async (request, keep) => {
    const reading = readContactInput(request.body, await fieldsNamedIn(deps.db, request.body));
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    const { contact } = reading;
    const call = { contact, caller: callerOf(request, deps) };
    const outcome = await addOrUpdate(deps, call, (tx, found) => keep(tx, json(answerOf(found))));
    return json(answerOf(resolved(outcome, contact.contactId ?? "")));
  };
}

/** `POST /contact/subscribe` */
export function subscribeContact(deps: ContactApiDeps): Endpoint["answer"] {
  return async (request, keep) => {
    const reading = readSignUp(request.body, await fieldsNamedIn(deps.db, request.body));
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    const { signUp } = reading;
    const call = { signUp, caller: callerOf(request, deps) };
    const outcome = await subscribe(deps, call, (tx, found) => keep(tx, json(answerOf(found))));
    return json(answerOf(resolved(outcome, signUp.contact.contactId ?? "")));
  };
}
