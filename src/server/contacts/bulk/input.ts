import { Compile } from "typebox/compile";
import {
  BULK_MAX_CONTACTS,
  BulkInput,
  FORBIDDEN_IN_NAMES,
  UploadInput,
  type BulkField,
  type BulkKey,
} from "../../../contract/contacts.ts";
import type { Field } from "../../../contract/fields.ts";
import type { FieldId } from "../../../contract/identifiers.ts";
import { isBlockedIdentifier, normaliseEmail, normalisePhone } from "../../identity/index.ts";
import { readContactInput, withoutAbsent, type ContactDescription, type ContactReading } from "../contact-input.ts";
import { unknownField } from "../field-input.ts";

/** What holds for every contact of an upload. */
export interface BulkOptions {
  readonly dedupeOn: BulkKey;
  /** With `dedupeOn` being `fieldId`: the additional field that tells contacts apart. */
  readonly fieldId?: FieldId;
  /** The additional fields that are written. */
  readonly customFields: readonly FieldId[];
  readonly contactFields?: readonly BulkField[];
  readonly groupNames: readonly string[];
  readonly groupNamesExclude: readonly string[];
  readonly restoreDeleted: boolean;
  readonly eventKey?: string;
}

/** A contact that is refused at the door, by its place in the list. */
export interface FailedContact {
  readonly index: number;
  readonly errorMessage: string;
  readonly externalCustomerId?: string;
  readonly email?: string;
}

export interface GoodContact {
  readonly index: number;
  readonly contact: ContactDescription;
}

export type BulkReading =
  | {
      readonly kind: "read";
      readonly options: BulkOptions;
      readonly good: readonly GoodContact[];
      readonly failed: readonly FailedContact[];
    }
  | { readonly kind: "refused"; readonly sentence: string };

export type UploadReading =
  | { readonly kind: "read"; readonly link: string; readonly options: BulkOptions }
  | { readonly kind: "refused"; readonly sentence: string };

const bulkInput = Compile(BulkInput);
const uploadInput = Compile(UploadInput);
const NO_KEY = "dedupeOn has to say by what contacts are told apart.";
/** Characters of an additional field that tells contacts apart. */
const MAX_TELLING = 50;

/** `known`: the additional fields there are. */
export function readBulk(body: unknown, known: readonly Field[]): BulkReading {
  const given = typeof body === "object" && body !== null ? body : {};
  const contacts = "contacts" in given ? given.contacts : undefined;
  if (!Array.isArray(contacts) || contacts.length === 0 || contacts.length > BULK_MAX_CONTACTS)
    return refused(`contacts has to be a list of 1 to ${BULK_MAX_CONTACTS} contacts.`);
  const input = withoutAbsent({ ...given, contacts: null });
  if (!bulkInput.Check(input)) return refused(whatIsWrong(bulkInput, input));
  const readings = contacts.map((contact: unknown, index) => ({ index, reading: readContactInput(contact, known) }));
  const read = readings.flatMap(({ reading }) => (reading.kind === "read" ? [reading.contact] : []));
  const options = optionsOf(input, read, known);
  if (typeof options === "string") return refused(options);
  const good: GoodContact[] = [];
  const failed: FailedContact[] = [];
  for (const { index, reading } of readings) {
    const judged = judge(index, reading, options);
    if ("contact" in judged) good.push(judged);
    else failed.push(judged);
  }
  const [first] = failed;
  if (good.length === 0 && first !== undefined) return refused(first.errorMessage);
  return { kind: "read", options, good, failed };
}

/** Everything but the contacts, which are not there yet. */
export function readUpload(body: unknown, known: readonly Field[]): UploadReading {
  const given = typeof body === "object" && body !== null ? body : {};
  // Which fields are written the columns say.
  const input = withoutAbsent({ ...given, contactFields: null, customFieldsIDs: null });
  if (!hasMember(input, "link")) return refused("link has to be the address of a CSV file.");
  if (!hasMember(input, "dedupeOn")) return refused(NO_KEY);
  if (!uploadInput.Check(input)) return refused(whatIsWrong(uploadInput, input));
  const { link, ...about } = input;
  const options = optionsOf(about, [], known);
  return typeof options === "string" ? refused(options) : { kind: "read", link: link.trim(), options };
}

function hasMember(input: unknown, name: string): boolean {
  return typeof input === "object" && input !== null && name in input;
}

/** Whether somebody can be told by the contact that was read. */
export function judge(index: number, reading: ContactReading, options: BulkOptions): GoodContact | FailedContact {
  if (reading.kind === "refused") return { index, errorMessage: reading.sentence };
  const { contact } = reading;
  const fault = faultOf(contact, options);
  return fault === undefined ? { index, contact } : { index, errorMessage: fault, ...namesOf(contact) };
}

function optionsOf(
  input: BulkInput,
  contacts: readonly ContactDescription[],
  known: readonly Field[],
): BulkOptions | string {
  const dedupeOn = input.dedupeOn ?? (contacts.every(hasExternalId) ? "externalCustomerId" : undefined);
  if (dedupeOn === undefined) return NO_KEY;
  if (dedupeOn === "externalCustomerId" && input.fieldId !== undefined)
    return "With dedupeOn=externalCustomerId no second unique field may be named. (bad_uniqueness)";
  const exists = (id: unknown) => known.some((field) => field.id === Number(id));
  if (dedupeOn === "fieldId" && input.fieldId === undefined) return "With dedupeOn=fieldId a fieldId is needed.";
  const named = [...(input.customFieldsIDs ?? []), ...(input.fieldId === undefined ? [] : [input.fieldId])];
  const unknown = named.find((id) => !exists(id));
  if (unknown !== undefined) return unknownField(unknown);
  const { eventKeyForNewContacts: eventKey, contactFields } = input;
  if (eventKey !== undefined && FORBIDDEN_IN_NAMES.test(eventKey))
    return "eventKeyForNewContacts must not have any of these signs: < ; ’ \\ / | \" ` ' ^ ? ! , >";
  return {
    dedupeOn,
    ...(dedupeOn === "fieldId" && { fieldId: Number(input.fieldId) as FieldId }),
    customFields: [...new Set((input.customFieldsIDs ?? []).map((id) => Number(id) as FieldId))],
    groupNames: input.groupNames ?? [],
    groupNamesExclude: input.groupNamesExclude ?? [],
    restoreDeleted: input.restoreDeleted ?? false,
    ...(contactFields !== undefined && { contactFields }),
    ...(eventKey !== undefined && { eventKey: eventKey.trim() }),
  };
}

function hasExternalId({ externalCustomerId }: ContactDescription): boolean {
  return externalCustomerId !== undefined && !isBlockedIdentifier(String(externalCustomerId));
}

/** Why nobody can be told by this contact; undefined: somebody can. */
function faultOf(contact: ContactDescription, { dedupeOn, fieldId }: BulkOptions): string | undefined {
  const { email, phone, contactId, channels } = contact;
  if (email !== undefined && normaliseEmail(email) === undefined)
    return "The email is not a valid address. (invalid_email)";
  if (phone !== undefined && normalisePhone(phone) === undefined)
    return "The phone is not a number in international form. (invalid_phone)";
  const telling = fieldId === undefined ? undefined : contact.fields.additional?.[fieldId];
  if (telling !== undefined && String(telling).length > MAX_TELLING)
    return `What tells contacts apart may have at most ${MAX_TELLING} characters. (invalid_field)`;
  const has = {
    email: email !== undefined,
    sms: phone !== undefined,
    email_or_sms: email !== undefined || phone !== undefined,
    push: channels.some(({ type }) => type === "mobilepush"),
    webpush: channels.some(({ type }) => type === "webpush"),
    id: contactId !== undefined,
    fieldId: telling !== undefined,
    externalCustomerId: false,
  };
  return hasExternalId(contact) || has[dedupeOn] ? undefined : `The contact has no ${dedupeOn}. (no_identifier)`;
}

export function namesOf({ externalCustomerId, email }: ContactDescription): {
  externalCustomerId?: string;
  email?: string;
} {
  return {
    ...(externalCustomerId !== undefined && { externalCustomerId: String(externalCustomerId) }),
    ...(email !== undefined && { email }),
  };
}

function whatIsWrong(schema: Pick<typeof bulkInput, "Errors">, input: unknown): string {
  const [error] = schema.Errors(input);
  const place = error?.instancePath.slice(1).replaceAll("/", ".");
  return place === undefined || place === "" ? "The body is not a JSON object." : `The field '${place}' is not valid.`;
}

const refused = (sentence: string): { readonly kind: "refused"; readonly sentence: string } => ({
  kind: "refused",
  sentence,
});
