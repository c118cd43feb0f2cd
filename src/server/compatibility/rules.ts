import { VISITOR_ID_PATTERN } from "../../contract/wire.ts";

/** Whom a page, a plug-in or a back end names. */
export interface NamedPerson {
  readonly externalCustomerId?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly firstName?: string;
}

export interface TrackedEvent {
  readonly kind: "event";
  readonly siteKey: string;
  readonly name: string;
  readonly visitorId: string | undefined;
  readonly person: NamedPerson;
  /** The contact's own number, which only a back end may name. */
  readonly contactId: number | undefined;
  /** Milliseconds since 1970, by the sender's clock. */
  readonly at: number | undefined;
  /** What makes two of them one. */
  readonly sameAs: { readonly by: "order" | "content"; readonly parts: readonly unknown[] };
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface CookieOfContact {
  readonly kind: "webcontact";
  readonly visitorId: string;
  readonly person: NamedPerson;
}

export type Reading =
  | TrackedEvent
  | CookieOfContact
  /** What a plug-in writes into its own log. */
  | { readonly kind: "log line" }
  | { readonly kind: "unusable"; readonly code: string; readonly reason: string };

type Json = Readonly<Record<string, unknown>>;

/** What a body of the REST tracker says. Types are as loose as the clients that are in use. */
export function readTracking(body: Json): Reading {
  const general = body["GeneralInfo"];
  if (isObject(general)) return readEvent(body, general);
  if ("webId" in body) return readWebContact(body);
  if ("log_level" in body || "errorMessage" in body) return { kind: "log line" };
  return unusable("not_an_event", "GeneralInfo is missing, and it is no webcontact either.");
}

function readEvent(body: Json, general: Json): Reading {
  const name = textOf(general["eventName"]);
  if (name === undefined || name.length > 100)
    return unusable("invalid_event", "GeneralInfo.eventName has to be a text of at most 100 characters.");
  const siteKey = textOf(general["siteId"]);
  if (siteKey === undefined) return unusable("unknown_site", "GeneralInfo.siteId has to be the key of a site.");
  const cookies = isObject(general["cookies"]) ? general["cookies"] : {};
  const visitorId = visitorOf(cookies["sc"]);
  const { GeneralInfo: _general, CustomerData: _customer, ...properties } = body;
  const inside = body[name];
  const order = textOf(body["TrackedOrderId"]) ?? (isObject(inside) ? textOf(inside["TrackedOrderId"]) : undefined);
  const datetime = Number(general["datetime"] ?? NaN);
  const at = Number.isFinite(datetime) && datetime > 0 ? Math.trunc(datetime) : undefined;
  const contactId = Number(textOf(general["user_es_contact_id"]));
  return {
    kind: "event",
    siteKey,
    name,
    visitorId,
    person: personIn({ ...(isObject(body["CustomerData"]) ? body["CustomerData"] : {}), ...general }),
    contactId: Number.isSafeInteger(contactId) && contactId > 0 ? contactId : undefined,
    at,
    sameAs:
      order === undefined
        ? { by: "content", parts: [visitorId ?? null, name, at ?? null, body] }
        : { by: "order", parts: [name, order] },
    properties: withoutPeople(properties, name),
  };
}

function readWebContact(body: Json): Reading {
  const visitorId = visitorOf(body["webId"]);
  if (visitorId === undefined)
    return unusable("invalid_visitor_id", 'webId has to be 8 to 64 letters, digits, "_" or "-".');
  const { externalCustomerId, email, phone } = body;
  const person = personIn({ externalCustomerId, user_email: email, user_phone: phone });
  return namesSomebody(person)
    ? { kind: "webcontact", visitorId, person }
    : unusable("no_identifier", "It names nobody: externalCustomerId, email or phone is needed.");
}

/** What pages write about people goes to the claim and never into an event. */
function withoutPeople(properties: Json, name: string): Json {
  const inside = properties[name];
  if (!isObject(inside)) return properties;
  const { GeneralInfo: _general, CustomerData: _customer, ...rest } = inside;
  return { ...properties, [name]: rest };
}

export const namesSomebody = ({ externalCustomerId, email, phone }: NamedPerson): boolean =>
  [externalCustomerId, email, phone].some((key) => key !== undefined);

function personIn(said: Json): NamedPerson {
  const external = textOf(said["externalCustomerId"]);
  const [email, phone, firstName] = [said["user_email"], said["user_phone"], said["user_name"]].map(textOf);
  return {
    ...(external !== undefined && { externalCustomerId: external }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(firstName !== undefined && { firstName: firstName.slice(0, 100) }),
  };
}

function visitorOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && new RegExp(VISITOR_ID_PATTERN).test(text) ? text : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" ? undefined : text;
}

const unusable = (code: string, reason: string): Reading => ({ kind: "unusable", code, reason });

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
