import { Compile } from "typebox/compile";
import { FORBIDDEN_IN_NAMES } from "../../contract/contacts.ts";
import { EventInput } from "../../contract/events.ts";
import type { Instant } from "../../contract/identifiers.ts";
import { isBlockedIdentifier, normaliseEmail, normalisePhone } from "../identity/index.ts";
import { instantOfText } from "../lib/date-text.ts";

export type PersonKey =
  | { readonly by: "contactId"; readonly id: number }
  | { readonly by: "externalCustomerId" | "email" | "phone" | "pushToken"; readonly value: string };

export interface EventDescription {
  readonly name: string;
  readonly keyValue?: string;
  readonly person: PersonKey;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly eventId?: string;
  readonly occurredAt?: Instant;
}

export type EventReading =
  { readonly kind: "read"; readonly event: EventDescription } | { readonly kind: "refused"; readonly sentence: string };

const SIGNS = "must not have any of these signs: < ; ’ \\ / | \" ` ' ^ ? ! , >";
const eventInput = Compile(EventInput);

/** Version 1 of the call takes plain values only. */
export function readEvent(body: unknown, version: 1 | 2): EventReading {
  if (!eventInput.Check(body)) return refused(whatIsWrong(body));
  const name = body.eventTypeKey.trim();
  const keyValue = given(body.keyValue);
  if (FORBIDDEN_IN_NAMES.test(name)) return refused(`eventTypeKey ${SIGNS}`);
  if (keyValue !== undefined && FORBIDDEN_IN_NAMES.test(keyValue)) return refused(`keyValue ${SIGNS}`);
  const params = (body.params ?? []).map((param) => [param.name, param.value ?? null] as const);
  const properties = Object.fromEntries(params);
  if (Object.keys(properties).length < params.length) return refused("params names a parameter twice.");
  if (version === 1 && Object.values(properties).some((value) => typeof value === "object" && value !== null))
    return refused("The values of params have to be texts; /api/v2/event takes more.");
  const occurred = given(body.occurred);
  const occurredAt = occurred === undefined ? undefined : instantOfText(occurred);
  if (occurred !== undefined && occurredAt === undefined)
    return refused("occurred has to be a time like 2026-06-16T11:40.");
  const person = personIn(properties) ?? personInKey(keyValue);
  if (person === undefined)
    return refused("params has to name a contact: contactId, externalCustomerId, email, phone or pushToken.");
  const eventId = given(body.eventId);
  // Where the person was is not kept in full.
  const { ip: _address, ...kept } = properties;
  return {
    kind: "read",
    event: {
      name,
      person,
      properties: kept,
      ...(keyValue !== undefined && { keyValue }),
      ...(eventId !== undefined && { eventId }),
      ...(occurredAt !== undefined && { occurredAt }),
    },
  };
}

/** The first that is given counts; the others are data. */
function personIn(params: Readonly<Record<string, unknown>>): PersonKey | undefined {
  const contactId = textOf(params["contactId"]);
  if (contactId !== undefined && /^[1-9]\d{0,15}$/.test(contactId)) return { by: "contactId", id: Number(contactId) };
  for (const by of ["externalCustomerId", "email", "phone", "pushToken"] as const) {
    const value = textOf(params[by]);
    if (value === undefined || (by === "externalCustomerId" && isBlockedIdentifier(value))) continue;
    return { by, value };
  }
  return undefined;
}

function personInKey(keyValue: string | undefined): PersonKey | undefined {
  if (keyValue === undefined) return undefined;
  if (normaliseEmail(keyValue) !== undefined) return { by: "email", value: keyValue };
  return normalisePhone(keyValue) === undefined ? undefined : { by: "phone", value: keyValue };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  return typeof value === "string" ? given(value) : undefined;
}

function given(text: string | null | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === "" ? undefined : trimmed;
}

function whatIsWrong(body: unknown): string {
  const place = eventInput.Errors(body)[0]?.instancePath.slice(1).replaceAll("/", ".");
  if (place === undefined || place === "") return "The body has to be a JSON object with an eventTypeKey.";
  return `The field '${place}' is not valid.`;
}

const refused = (sentence: string): EventReading => ({ kind: "refused", sentence });
