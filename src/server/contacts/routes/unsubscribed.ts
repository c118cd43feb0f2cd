import { sentence, type Endpoint } from "../../http/compatible.ts";
import { problem } from "../../http/problem.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest } from "./refusals.ts";

const MAX_ADDRESSES = 3_000;

/** `POST /emails/unsubscribed/add` and `…/delete`: acts on addresses, whoever has them. */
export function changeUnsubscribed(
  { unsubscribed, clock }: ContactApiDeps,
  verb: "add" | "remove",
): Endpoint["answer"] {
  return async (request) => {
    if (unsubscribed === undefined) throw problem(404, "not_found", "This address of the API was not found.");
    await unsubscribed[verb]({ emails: emailsIn(request.body), at: clock() });
    return sentence("");
  };
}

function emailsIn(body: unknown): string[] {
  const emails = typeof body === "object" && body !== null && "emails" in body ? body.emails : undefined;
  if (!Array.isArray(emails) || emails.length > MAX_ADDRESSES)
    throw badRequest(`The body has to be {"emails": […]} with at most ${MAX_ADDRESSES} addresses.`);
  return emails.filter((email) => typeof email === "string");
}
