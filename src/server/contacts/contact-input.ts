import { Compile } from "typebox/compile";
import { ContactInput, type Channel } from "../../contract/contacts.ts";
import type { Field } from "../../contract/fields.ts";
import type { ContactId } from "../../contract/identifiers.ts";
import type { ContactFields, IdentityRequest } from "../identity/index.ts";
import { readAdditional } from "./field-input.ts";

/** A contact as a caller described it, tolerances of the wire taken out. Identifiers are still raw. */
export interface ContactDescription {
  readonly contactId?: ContactId;
  readonly externalCustomerId?: string | number;
  readonly email?: string;
  readonly phone?: string;
  /** Addresses that are never lookup keys. */
  readonly channels: readonly OtherChannel[];
  readonly fields: ContactFields;
  readonly visitorIds: readonly string[];
  readonly groups: readonly GroupReference[];
}

export type OtherChannel = NonNullable<IdentityRequest["channels"]>[number];

export type GroupReference = { readonly id: number } | { readonly name: string };

export type ContactReading =
  | { readonly kind: "read"; readonly contact: ContactDescription }
  /** One English sentence. */
  | { readonly kind: "refused"; readonly sentence: string };

const contactInput = Compile(ContactInput);

/** `known`: the additional fields there are. */
export function readContactInput(body: unknown, known: readonly Field[]): ContactReading {
  const input = withoutAbsent(body);
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return refused("The body has to be a JSON object that describes a contact.");
  if (!contactInput.Check(input)) return refused(whatIsWrong(input));
  return describe(input, known);
}

/** Members that are `null` or blank are absent, at every level: clients send `" "` for an unknown phone. */
export function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent).filter((item) => item !== undefined);
  if (typeof value === "string") return value.trim() === "" ? undefined : value;
  if (value === null) return undefined;
  if (typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const kept = withoutAbsent(member);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

function describe(input: ContactInput, known: readonly Field[]): ContactReading {
  const { externalCustomerId, timeZone } = input;
  if (typeof externalCustomerId === "number" && !Number.isSafeInteger(externalCustomerId))
    return refused("externalCustomerId is a number that cannot be kept exactly; send it as a string.");
  if (timeZone !== undefined && !isTimeZone(timeZone)) return refused("timeZone has to be a name like 'Europe/Kyiv'.");
  const additional = readAdditional(input.fields, known);
  if (typeof additional === "string") return refused(additional);
  const channels = [input.channels ?? []].flat();
  const [email, secondEmail] = addresses(channels, "email");
  const [phone, secondPhone] = addresses(channels, "sms");
  if (secondEmail !== undefined) return refused("channels names two emails; a contact has one.");
  if (secondPhone !== undefined) return refused("channels names two phones; a contact has one.");
  return {
    kind: "read",
    contact: {
      ...(input.id !== undefined && { contactId: Number(input.id) as ContactId }),
      ...(externalCustomerId !== undefined && { externalCustomerId }),
      ...(email !== undefined && { email }),
      ...(phone !== undefined && { phone }),
      channels: channels.flatMap(otherChannel),
      fields: { ...fieldsOf(input), ...(Object.keys(additional).length > 0 && { additional }) },
      visitorIds: [input.visitorId ?? input.webId ?? []].flat().map((id) => id.trim()),
      groups: (input.groups ?? []).flatMap(groupReference),
    },
  };
}

function addresses(channels: readonly Channel[], type: Channel["type"]): string[] {
  const values = channels.flatMap((channel) =>
    channel.type === type && channel.value !== undefined ? [channel.value] : [],
  );
  return [...new Set(values.map((value) => String(value).trim()))];
}

function otherChannel({ type, value, device, webPushSubscription }: Channel): OtherChannel[] {
  if (type === "email" || type === "sms" || value === undefined) return [];
  const details = device ?? webPushSubscription;
  return [{ type, value: String(value), ...(details !== undefined && { details }) }];
}

function fieldsOf(input: ContactInput): ContactFields {
  const { firstName, lastName, languageCode, timeZone, contactKey } = input;
  const { countryCode, ...address } = input.address ?? {};
  const fields = {
    ...(firstName !== undefined && { firstName: firstName.trim() }),
    ...(lastName !== undefined && { lastName: lastName.trim() }),
    ...(languageCode !== undefined && { languageCode }),
    ...(timeZone !== undefined && { timeZone }),
    ...(countryCode !== undefined && { countryCode: countryCode.toUpperCase() }),
    ...(contactKey !== undefined && { attributes: { contactKey } }),
  };
  for (const name of ["region", "town", "address", "postcode"] as const)
    if (address[name] !== undefined) Object.assign(fields, { [name]: address[name] });
  return fields;
}

function groupReference(reference: NonNullable<ContactInput["groups"]>[number]): GroupReference[] {
  if (typeof reference === "string") return [{ name: reference.trim() }];
  if (reference.id !== undefined) return [{ id: Number(reference.id) }];
  return reference.name === undefined ? [] : [{ name: reference.name.trim() }];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function whatIsWrong(input: unknown): string {
  const error = contactInput.Errors(input)[0];
  const place = error?.instancePath.slice(1).replaceAll("/", ".");
  if (place === undefined || place === "") return "The body does not describe a contact.";
  return `The field '${place}' is not valid: it ${error?.message ?? "is of another type"}.`;
}

const refused = (sentence: string): ContactReading => ({ kind: "refused", sentence });
