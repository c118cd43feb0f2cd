import { Type, type Static, type TSchema } from "typebox";
import { VISITOR_ID_PATTERN } from "./wire.ts";

declare const brand: unique symbol;
/** A value that passed its check; only the check mints it. */
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

const branded = <T, Name extends string>(schema: TSchema) => Type.Unsafe<Branded<T, Name>>(schema);

/** One browser's cookie value. Never a contact. */
export const VisitorId = branded<string, "VisitorId">(Type.String({ pattern: VISITOR_ID_PATTERN }));
export type VisitorId = Branded<string, "VisitorId">;

/** One installation of a mobile app. */
export type DeviceId = Branded<string, "DeviceId">;

/** A contact's number. Given out for good: it always resolves (live, redirect, deleted or erased). */
export const ContactId = branded<number, "ContactId">(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }));
export type ContactId = Branded<number, "ContactId">;

/** A site's number, inside the installation only. */
export type SiteId = Branded<number, "SiteId">;

/** The number of an additional field of contacts. */
export const FieldId = branded<number, "FieldId">(Type.Integer({ minimum: 1, maximum: 2_147_483_647 }));
export type FieldId = Branded<number, "FieldId">;

/** The public key of a site, as it stands in the tag. */
export const SiteKey = branded<string, "SiteKey">(Type.String({ pattern: "^[A-Za-z0-9_-]{4,64}$" }));
export type SiteKey = Branded<string, "SiteKey">;

/** Lower-cased, domain as A-label, at most 254 octets: the lookup key of an address. */
export type Email = Branded<string, "Email">;

/** E.164 with the plus. */
export type Phone = Branded<string, "Phone">;

/** The site's own immutable id of a person: at most 128 bytes of well-formed text, byte-exact. */
export type ExternalCustomerId = Branded<string, "ExternalCustomerId">;

/** Milliseconds since 1970-01-01 UTC. `-Infinity` and `Infinity` stand for open ends. */
export type Instant = number;

/** A UUID version 7 in lower case: its first 48 bits are the time of minting. */
export const MessageId = branded<string, "MessageId">(
  Type.String({ pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$" }),
);
export type MessageId = Branded<string, "MessageId">;

export type StaticOf<T extends TSchema> = Static<T>;
