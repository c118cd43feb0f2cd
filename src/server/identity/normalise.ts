import { domainToASCII } from "node:url";
import { parsePhoneNumberFromString, type CountryCode, isSupportedCountry } from "libphonenumber-js/max";
import type { Email, ExternalCustomerId, Phone } from "../../contract/identifiers.ts";

const MAX_EMAIL_OCTETS = 254;
const MAX_LOCAL_OCTETS = 64;

// RFC 5321 dot-atom, plus anything beyond ASCII that is no space, no control and no lone surrogate (RFC 6531).
const ATOM = "(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\\x00-\\x7f\\p{Z}\\p{C}])+";
const LOCAL = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`, "u");
const DOMAIN_AS_WRITTEN = /^(?:[A-Za-z0-9.-]|[^\x00-\x7f\p{Z}\p{C}])+$/u;
const DOMAIN_AS_SENT = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{0,62}[a-z][a-z0-9-]*$/;

/**
 * The lookup key of an address, or nothing when it is not one. The local part is lower-cased only when it is ASCII,
 * for beyond ASCII languages disagree about what lower case is; the domain becomes its A-label. Dots and plus tags
 * stay: they are different mailboxes at most providers.
 */
export function normaliseEmail(raw: string): Email | undefined {
  const text = raw.trim();
  if (Buffer.byteLength(text, "utf8") > MAX_EMAIL_OCTETS) return undefined;
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  const domain = asciiDomain(text.slice(at + 1));
  if (at < 1 || domain === undefined || !LOCAL.test(local)) return undefined;
  if (Buffer.byteLength(local, "utf8") > MAX_LOCAL_OCTETS) return undefined;
  const email = `${/^[\x00-\x7f]*$/.test(local) ? local.toLowerCase() : local}@${domain}`;
  return Buffer.byteLength(email, "utf8") > MAX_EMAIL_OCTETS ? undefined : (email as Email);
}

/** Most people have their mail at a handful of domains. */
const domains = new Map<string, string>();
const DOMAINS_KEPT = 1_000;

function asciiDomain(written: string): string | undefined {
  const known = domains.get(written);
  if (known !== undefined) return known;
  const domain = convertDomain(written);
  if (domains.size >= DOMAINS_KEPT) domains.clear();
  if (domain !== undefined && written.length < 100) domains.set(written, domain);
  return domain;
}

/** Checked before it is converted: `domainToASCII` drops line breaks and reads numbers as IPv4 addresses. */
function convertDomain(written: string): string | undefined {
  if (!DOMAIN_AS_WRITTEN.test(written) || /(?:^|\.)[0-9]+\.?$/.test(written)) return undefined;
  const domain = domainToASCII(written).toLowerCase();
  return DOMAIN_AS_SENT.test(domain) ? domain : undefined;
}

/**
 * A telephone number as E.164, or nothing when it can't be one. Without a plus it is read as a number of `country`
 * first, then as one that merely lost its plus.
 */
export function normalisePhone(raw: string, country?: string): Phone | undefined {
  const text = raw.trim();
  if (!/^[+＋]?[\p{Nd}\p{Z}().\-/–]{4,40}$/u.test(text)) return undefined;
  const home = country !== undefined && isSupportedCountry(country) ? country : undefined;
  const international = /^[+＋]/.test(text) ? text : `+${text}`;
  const readings = /^[+＋]/.test(text) ? [phoneOf(text)] : [home && phoneOf(text, home), phoneOf(international)];
  const found = readings.find((number) => number?.isValid()) ?? readings.find((number) => number?.isPossible());
  const e164: string | undefined = found?.number;
  return e164 as Phone | undefined;
}

function phoneOf(text: string, country?: CountryCode) {
  return parsePhoneNumberFromString(text, country === undefined ? undefined : { defaultCountry: country });
}

/** The site's own id of a person: byte-exact apart from blanks around it. Nothing for a number that JSON can't carry. */
export function normaliseExternalId(raw: string | number): ExternalCustomerId | undefined {
  if (typeof raw === "string") return raw.trim() as ExternalCustomerId;
  return Number.isSafeInteger(raw) ? (String(raw) as ExternalCustomerId) : undefined;
}
