import { createHash, randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Database, Transaction } from "../db/database.ts";
import {
  findIdempotentCall,
  keepAnswer,
  releaseIdempotencyKey,
  removeIdempotencyKeys,
  reserveIdempotencyKey,
  type IdempotentCall,
  type StoredAnswer,
} from "../db/idempotency-keys.ts";
import type { Clock } from "../lib/clock.ts";
import { keyOf } from "./auth.ts";
import { problem } from "./problem.ts";

/** Notes the answer in the transaction of the effect, so that both are there or neither. */
export type Keep = (tx: Transaction, answer: StoredAnswer) => Promise<void>;

interface Deps {
  readonly db: Database;
  readonly clock: Clock;
}

const KEPT_FOR = 24 * 60 * 60 * 1000;
/** After that a try counts as dead: its process was killed. */
const IN_FLIGHT_FOR = 60 * 1000;

/**
 * Carries out a write once for each Idempotency-Key: the same answer for 24 hours, 422 for another request under the
 * same key, 409 while the first is in flight. A refusal is not remembered, for nothing was done.
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export async function onceEach(
  deps: Deps,
  request: FastifyRequest,
  answer: (keep: Keep) => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  const call = callOf(request);
  if (call === undefined) return answer(() => Promise.resolve());
  const earlier = await begin(deps, call);
  return earlier ?? carryOut(deps, call, answer);
}

function callOf(request: FastifyRequest): IdempotentCall | undefined {
  const idempotencyKey = request.headers["idempotency-key"];
  if (idempotencyKey === undefined || request.method === "GET") return undefined;
  if (typeof idempotencyKey !== "string" || idempotencyKey.trim() === "" || idempotencyKey.length > 255)
    throw problem(400, "invalid", "Idempotency-Key has to be 1 to 255 characters.");
  const fingerprint = createHash("sha256")
    .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
    .digest();
  return { keyId: keyOf(request).keyId, idempotencyKey, fingerprint, attempt: randomUUID() };
}

async function begin({ db, clock }: Deps, call: IdempotentCall): Promise<StoredAnswer | undefined> {
  const now = clock();
  const when = { now, keptSince: now - KEPT_FOR, inFlightSince: now - IN_FLIGHT_FOR };
  if (await reserveIdempotencyKey(db, call, when)) return undefined;
  const known = await findIdempotentCall(db, call);
  if (known !== undefined && !known.fingerprint.equals(call.fingerprint))
    throw problem(422, "idempotency_key_reused", "This Idempotency-Key was used for another request.");
  // Without a row it was released a moment ago: the first try failed, and this one may be repeated.
  if (known === undefined || known.status === null) throw inFlight();
  return { status: known.status, contentType: known.contentType ?? "", body: known.body ?? "" };
}

async function carryOut(
  { db }: Deps,
  call: IdempotentCall,
  answer: (keep: Keep) => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  let kept = false;
  try {
    const given = await answer(async (tx, stored) => {
      if (!(await keepAnswer(tx, call, stored))) throw inFlight();
      kept = true;
    });
    if (!kept) await keepAnswer(db, call, given);
    return given;
  } catch (error) {
    await releaseIdempotencyKey(db, call);
    throw error;
  }
}

function inFlight() {
  const detail = "A request with this Idempotency-Key is being carried out. Please repeat it in a moment.";
  return problem(409, "idempotency_key_in_flight", detail, { retryAfter: 1 });
}

/** Meant to run once an hour. */
export function forgetIdempotencyKeys({ db, clock }: Deps): Promise<void> {
  return removeIdempotencyKeys(db, { before: clock() - KEPT_FOR });
}
