import { json, sentence, type Endpoint } from "../../http/compatible.ts";
import { deleteContact } from "../../identity/index.ts";
import { contactOutput } from "../answers.ts";
import { updateById } from "../contact-calls.ts";
import { readContactInput, withoutAbsent } from "../contact-input.ts";
import { fieldsNamedIn } from "../field-input.ts";
import { findContactState, readRecords } from "../store.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, callerOf, gone, idIn, living, resolved, unknownContact } from "./refusals.ts";

export function showContact({ db }: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const id = idIn(request);
    const [record] = await readRecords(db, [living(await findContactState(db, id), id)]);
    if (record === undefined) throw unknownContact(id);
    return json(contactOutput(record));
  };
}

/** Never creates; absent members stay. The answer repeats the id that was asked for. */
export function changeContact(deps: ContactApiDeps): Endpoint["answer"] {
  return async (request, keep) => {
    const id = idIn(request);
    const reading = readContactInput(unwrapped(request.body), await fieldsNamedIn(deps.db, request.body));
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    const contactId = living(await findContactState(deps.db, id), id);
    const done = sentence(`Contact with id='${id}' has been updated`);
    const call = { contact: { ...reading.contact, contactId }, caller: callerOf(request, deps) };
    const outcome = await updateById(deps, call, (tx) => keep(tx, done));
    if (outcome.kind === "refused" && outcome.code === "deleted_contact") throw gone(id, "deleted");
    resolved(outcome, id);
    return done;
  };
}

/** Softly: it can be restored. */
export function deleteById(deps: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const id = idIn(request);
    const state = await findContactState(deps.db, id);
    if (state.kind === "unknown") throw unknownContact(id);
    if (state.kind === "erased") throw gone(id, "erased");
    const { cause, now } = callerOf(request, deps);
    await deleteContact(deps, { contactId: state.contactId, cause, at: now });
    return sentence(`Contact with id='${id}' has been deleted`);
  };
}

/** Some clients wrap the contact as if they subscribed it. */
export function unwrapped(body: unknown): unknown {
  const given = withoutAbsent(body);
  const wrapped = typeof given === "object" && given !== null && "contact" in given ? given.contact : undefined;
  return typeof wrapped === "object" ? wrapped : body;
}
