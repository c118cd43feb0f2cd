import type { FastifyRequest } from "fastify";
import type { ContactId } from "../../../contract/identifiers.ts";
import { keyOf } from "../../http/auth.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import type { IdentityOutcome, Refused, Resolved } from "../../identity/index.ts";
import type { Clock } from "../../lib/clock.ts";
import { sentenceOf } from "../answers.ts";
import type { Caller } from "../contact-calls.ts";
import type { ContactState } from "../store.ts";

export function callerOf(request: FastifyRequest, { clock }: { readonly clock: Clock }): Caller {
  const { keyId, siteId } = keyOf(request);
  return { cause: { actor: `key:${keyId}`, requestId: request.id }, now: clock(), siteId };
}

/** The id in the address; what can be nobody's id is nobody's. */
export function idIn(request: FastifyRequest): ContactId {
  const { id = "" } = request.params as Readonly<Record<string, string>>;
  if (!/^[1-9]\d{0,15}$/.test(id) || !Number.isSafeInteger(Number(id))) throw unknownContact(id);
  return Number(id) as ContactId;
}

export function queryOf(request: FastifyRequest): Readonly<Record<string, unknown>> {
  return request.query as Readonly<Record<string, unknown>>;
}

export function badRequest(sentence: string): HttpProblem {
  return problem(400, "invalid", sentence);
}

/** Takes the good outcome out, or refuses with its sentence. */
export function resolved(outcome: IdentityOutcome, asked: number | string): Resolved {
  switch (outcome.kind) {
    case "resolved":
      return outcome;
    case "refused":
      throw refusalOf(outcome, asked);
    case "pending":
    case "nothing":
      throw new Error("A back end's word was taken for a claim.");
  }
}

export function refusalOf(outcome: Refused, asked: number | string): HttpProblem {
  if (outcome.code === "unknown_contact") return unknownContact(asked);
  return problem(outcome.status, outcome.code, sentenceOf(outcome));
}

export function living(state: ContactState, asked: ContactId): ContactId {
  if (state.kind === "live") return state.contactId;
  throw state.kind === "unknown" ? unknownContact(asked) : gone(asked, state.kind);
}

export function unknownContact(id: number | string): HttpProblem {
  return problem(404, "unknown_contact", `Contact with id='${String(id).slice(0, 40)}' not found`);
}

export function gone(id: ContactId, how: "deleted" | "erased"): HttpProblem {
  return problem(410, `${how}_contact`, `Contact with id='${id}' not found: it has been ${how}`);
}
