import { sentence, type Endpoint } from "../../http/compatible.ts";
import { problem } from "../../http/problem.ts";
import { appendEvent } from "../event-calls.ts";
import { readEvent } from "../event-input.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, callerOf } from "./refusals.ts";

const DONE = sentence("");

/** `POST /event`, version 1 and 2 */
export function takeEvent(deps: ContactApiDeps, version: 1 | 2): Endpoint["answer"] {
  return async (request, keep) => {
    const reading = readEvent(request.body, version);
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    const call = { event: reading.event, caller: callerOf(request, deps) };
    const outcome = await appendEvent(deps, call, (tx) => keep(tx, DONE));
    if (outcome === "unknownContact") throw problem(400, "unknown_contact", "Contact not found");
    return DONE;
  };
}
