import type { ContactId, Email, ExternalCustomerId, Instant, Phone } from "../../contract/identifiers.ts";
import { VISITOR_ID_PATTERN } from "../../contract/wire.ts";
import { isBlockedEmail, isBlockedIdentifier, isBlockedPhone, isTestAddress } from "./blocked.ts";
import { normaliseEmail, normaliseExternalId, normalisePhone } from "./normalise.ts";
import type {
  Cause,
  IdentifyMode,
  IdentityRequest,
  RefusalCode,
  Refused,
  RequestedChannel,
  Trust,
  Warning,
} from "./request.ts";
import type { IdentitySettings } from "./settings.ts";
import { flattenFields, type Values } from "./values.ts";

/** A request whose identifiers are keys: comparable byte for byte. */
export interface NormalRequest {
  readonly trust: Trust;
  readonly verb: IdentityRequest["verb"];
  readonly contactId?: ContactId | undefined;
  readonly external?: ExternalCustomerId | undefined;
  readonly email?: Address<Email> | undefined;
  readonly phone?: Address<Phone> | undefined;
  readonly deviceId?: string | undefined;
  readonly emailFrom: "token" | "message";
  readonly unknownPerson?: "create" | "remember";
  readonly visitorIds: readonly string[];
  /** Field by field; `null` clears. */
  readonly values: Values;
  readonly channels: readonly RequestedChannel[];
  readonly deleted: "restore" | "skip";
  readonly newAddresses?: "unconfirmed" | undefined;
  readonly otherExternalId?: "replace" | undefined;
  readonly moment: Instant;
  readonly receivedAt: Instant;
  readonly mode: IdentifyMode;
  readonly contactSource: string;
  readonly cause: Cause;
  readonly warnings: readonly Warning[];
}

export interface Address<Key> {
  readonly value: Key;
  readonly spelling: string;
}

export function refused(code: RefusalCode, message: string, status: 400 | 409 = 400): Refused {
  return { kind: "refused", status, code, message };
}

const VISITOR = new RegExp(VISITOR_ID_PATTERN);
/** An id of a device may carry the account's external id as a suffix. */
const MAX_DEVICE_ID_BYTES = 256;
const IDENTIFIERS = ["externalCustomerId", "email", "phone", "deviceId"] as const;
const NONE: readonly never[] = [];
/** With the rest of a request, more would be a list of somebody's visitors rather than one person's. */
const MAX_VISITORS = 10;

const ABSENT: { readonly value?: never; readonly blocked?: never } = {};

type Checked<Value> = { readonly value?: Value; readonly blocked?: true } | Refused;

/** Step 0 of the procedure: what of the request can identify anybody. */
export function normaliseRequest(request: IdentityRequest, settings: IdentitySettings): NormalRequest | Refused {
  const external = checkExternal(request.externalCustomerId);
  const email = checkEmail(request.email, settings);
  const phone = checkPhone(request.phone, settings);
  const device = checkDevice(request.deviceId);
  if ("kind" in external) return external;
  if ("kind" in email) return email;
  if ("kind" in phone) return phone;
  const visitorIds = request.visitorIds === undefined ? NONE : [...new Set(request.visitorIds)];
  if (visitorIds.length > MAX_VISITORS || visitorIds.some((id) => !VISITOR.test(id))) {
    return refused("invalid_visitor_id", "A visitorId is 8 to 64 letters, digits, - or _; at most 10 of them.");
  }
  const isAnyBlocked = external.blocked ?? email.blocked ?? phone.blocked ?? device.blocked ?? false;
  const warnings = isAnyBlocked ? warningsOf({ externalCustomerId: external, email, phone, deviceId: device }) : NONE;
  const nobody = (external.value ?? email.value ?? phone.value ?? device.value) === undefined;
  if (nobody && request.contactId === undefined) return nothingLeft(warnings);
  return {
    trust: request.trust,
    verb: request.verb,
    // No spread: an import does this a million times.
    contactId: request.contactId,
    external: external.value,
    email: email.value,
    phone: phone.value,
    deviceId: device.value,
    emailFrom: request.emailFrom ?? "token",
    unknownPerson: request.unknownPerson ?? "create",
    visitorIds,
    values: flattenFields(request.fields ?? {}),
    channels: request.channels ?? NONE,
    deleted: request.deleted ?? "restore",
    newAddresses: request.newAddresses,
    otherExternalId: request.otherExternalId,
    moment: request.moment,
    receivedAt: request.receivedAt,
    mode: request.mode ?? "new-contacts",
    contactSource: request.contactSource,
    cause: request.cause,
    warnings,
  };
}

function warningsOf(checked: Readonly<Record<(typeof IDENTIFIERS)[number], { readonly blocked?: true }>>): Warning[] {
  return IDENTIFIERS.filter((name) => checked[name].blocked).map((field) => ({ code: "blocked_identifier", field }));
}

function nothingLeft(warnings: readonly Warning[]): Refused {
  if (warnings.some(({ field }) => field === "email")) {
    return refused("invalid_email", "The email is not an address of a person, and nothing else says who this is.");
  }
  return refused(
    "no_identifier",
    warnings.length === 0
      ? "Nothing says who this is: send an externalCustomerId, an email or a phone."
      : "What identifies this person is a placeholder such as null, 0 or guest: send a real id, email or phone.",
  );
}

function checkExternal(raw: IdentityRequest["externalCustomerId"]): Checked<ExternalCustomerId> {
  if (raw === undefined || raw === null || isBlank(raw)) return ABSENT;
  const value = normaliseExternalId(raw);
  if (value === undefined) {
    return refused("invalid_external_id", "A numeric externalCustomerId must be a safe integer: send it as a string.");
  }
  return isBlockedIdentifier(value) ? { blocked: true } : { value };
}

function checkEmail(raw: IdentityRequest["email"], settings: IdentitySettings): Checked<Address<Email>> {
  if (raw === undefined || raw === null || isBlank(raw)) return ABSENT;
  if (!raw.includes("@")) return { blocked: true };
  const value = normaliseEmail(raw);
  if (value === undefined) return refused("invalid_email", "The email is not a valid address.");
  if (isBlockedEmail(value) || (settings.blockTestAddresses && isTestAddress(value))) return { blocked: true };
  return { value: { value, spelling: raw.trim() } };
}

function checkPhone(raw: IdentityRequest["phone"], settings: IdentitySettings): Checked<Address<Phone>> {
  if (raw === undefined || raw === null || isBlank(raw)) return ABSENT;
  if (isBlockedPhone(raw)) return { blocked: true };
  const value = normalisePhone(raw, settings.defaultCountry);
  if (value === undefined) {
    return refused("invalid_phone", "The phone is not a number in international form, e.g. +380441234567.");
  }
  return { value: { value, spelling: raw.trim() } };
}

function checkDevice(raw: IdentityRequest["deviceId"]): { readonly value?: string; readonly blocked?: true } {
  if (raw === undefined || raw === null || isBlank(raw)) return ABSENT;
  return isBlockedIdentifier(raw, MAX_DEVICE_ID_BYTES) ? { blocked: true } : { value: raw.trim() };
}

function isBlank(raw: string | number): boolean {
  return typeof raw === "string" && raw.trim() === "";
}
