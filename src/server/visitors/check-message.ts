import { Compile, type Validator } from "typebox/compile";
import type { TProperties, TSchema } from "typebox";
import {
  ConsentMessage,
  IdentifyMessage,
  PageMessage,
  ResetMessage,
  SubscribeMessage,
  TrackMessage,
  type Message,
} from "../../contract/messages.ts";
import { normaliseEmail } from "../identity/index.ts";
import type { Fault } from "./inspect.ts";

const checks: ReadonlyMap<unknown, Validator<TProperties, TSchema>> = new Map(
  Object.entries({
    page: Compile(PageMessage),
    track: Compile(TrackMessage),
    identify: Compile(IdentifyMessage),
    subscribe: Compile(SubscribeMessage),
    consent: Compile(ConsentMessage),
    reset: Compile(ResetMessage),
  }),
);
const known = [...checks.keys()].join(", ");

export type Checked = { readonly message: Message } | { readonly fault: Fault };

/** Is this one of the tracker's messages, and does it say what its type needs? */
export function checkMessage(value: object): Checked {
  const type: unknown = "type" in value ? value.type : undefined;
  const check = checks.get(type);
  if (check === undefined) return { fault: unknownType(type) };
  if (!check.Check(value)) return { fault: explain(check, value) };
  // The one place where a checked value gets its type: the compiled check knows it, the table of checks does not.
  const message = value as Message;
  const fault = message.type === "identify" || message.type === "subscribe" ? checkPerson(message) : undefined;
  return fault === undefined ? { message } : { fault };
}

function unknownType(type: unknown): Fault {
  const said = typeof type === "string" ? `There is no message type "${type.slice(0, 40)}"` : "The message has no type";
  return { code: "unknown_type", reason: `${said}; known are ${known}.` };
}

type Person = Extract<Message, { type: "identify" | "subscribe" }>;

const isSaid = (text: string | undefined): text is string => text !== undefined && text.trim() !== "";

/** Identifiers that can't be any are refused here, before the answer, since what the inbox finds out nobody is told. */
function checkPerson(message: Person): Fault | undefined {
  const { email, phone, externalCustomerId } = message;
  if (isSaid(email) && normaliseEmail(email) === undefined)
    return { code: "invalid_email", reason: `"email" is not an email address that mail can be sent to.` };
  if (typeof externalCustomerId === "number" && !Number.isSafeInteger(externalCustomerId))
    return {
      code: "invalid_external_id",
      reason: `"externalCustomerId" is a number that cannot be kept exactly; send it as text.`,
    };
  const external = externalCustomerId !== undefined && isSaid(String(externalCustomerId));
  const token = message.type === "identify" && isSaid(message.token);
  if (isSaid(email) || isSaid(phone) || (message.type === "identify" && (external || token))) return undefined;
  const wanted = message.type === "identify" ? "externalCustomerId, email, phone or token" : "an email";
  return { code: "no_identifier", reason: `It names nobody: ${message.type} needs ${wanted}.` };
}

const FORMATS: Readonly<Record<string, Fault>> = {
  "/externalCustomerId": {
    code: "invalid_external_id",
    reason: `"externalCustomerId" must be text or a whole number.`,
  },
  "/id": {
    code: "invalid_id",
    reason: `"id" must be a UUID of version 7 in lower case, made once for each message.`,
  },
  "/visitorId": {
    code: "invalid_visitor_id",
    reason: `"visitorId" must be 8 to 64 letters, digits, "_" or "-".`,
  },
};

function explain(check: Validator<TProperties, TSchema>, value: object): Fault {
  const [first] = check.Errors(value);
  if (first === undefined) return { code: "invalid_message", reason: "It is not a message of its type." };
  const format = FORMATS[first.instancePath];
  if (format !== undefined) return format;
  if (first.keyword === "required") {
    const missing = first.params.requiredProperties[0] ?? "";
    const reason = `"${missing}" is missing.`;
    return { code: FORMATS[`/${missing}`]?.code ?? "invalid_message", reason };
  }
  const field = first.instancePath.slice(1).replaceAll("/", ".").slice(0, 100);
  const wrong = first.keyword === "type" ? `must be of type ${String(first.params.type)}` : first.message;
  return { code: "invalid_message", reason: `"${field}" ${wrong}.` };
}
