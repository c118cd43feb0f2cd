import { Compile } from "typebox/compile";
import { Batch, type BatchContext } from "../../contract/messages.ts";
import { MAX_BATCH_MESSAGES } from "../../contract/wire.ts";
import { problem } from "../http/problem.ts";

/** The batch as it came, its envelope checked and its messages not yet. */
export interface Envelope {
  readonly site: string;
  readonly sentAt: number;
  readonly context?: BatchContext;
  readonly dropped?: number;
  readonly cookieDomain?: string;
  readonly messages: readonly unknown[];
}

const check = Compile(Batch);

/** Reads a body as a batch, or throws the problem that is its answer. */
export function readEnvelope(body: string): Envelope {
  const value = parse(body);
  if (!check.Check(value)) throw explain(value);
  // The compiled check has just established it; the contract's own type speaks of checked messages.
  const envelope = value as unknown as Envelope;
  if (envelope.messages.length > MAX_BATCH_MESSAGES)
    throw problem(413, "too_many_messages", `A batch holds at most ${MAX_BATCH_MESSAGES} messages; send it in parts.`);
  return envelope;
}

function parse(body: string): unknown {
  if (body.trim() === "") throw problem(400, "invalid_json", "The body is empty; a batch of messages was expected.");
  try {
    return JSON.parse(body);
  } catch {
    throw problem(400, "invalid_json", "The body is not valid JSON.");
  }
}

function explain(value: unknown) {
  const errors = [...check.Errors(value)].slice(0, 20).map((error) => ({
    path: error.instancePath.slice(0, 100),
    message: error.message,
  }));
  if (errors.some(({ path }) => path === "/site")) return unknownSite();
  const [first] = errors;
  const where = first?.path === undefined || first.path === "" ? "The batch" : `"${first.path.slice(1)}"`;
  return problem(400, "invalid_batch", `${where} ${first?.message ?? "is not a batch of messages"}.`, { errors });
}

export const unknownSite = () =>
  problem(401, "unknown_site", "There is no site with this key; compare it with the tag shown in the admin.");
