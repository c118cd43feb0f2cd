import { Type, type Static } from "typebox";
import { VISITOR_ID_PATTERN } from "./wire.ts";

/** `POST /site/domains`: a plug-in registers the shop that it runs in. */
export const DomainInput = Type.Object({ domain: Type.String({ maxLength: 300 }) });
export type DomainInput = Static<typeof DomainInput>;

export const DomainAnswer = Type.Object({
  result: Type.String(),
  /** The site's public key: what the tag needs. */
  siteId: Type.String(),
});

const name = Type.Optional(Type.String({ maxLength: 320 }));
const id = Type.Optional(Type.Union([Type.String({ maxLength: 320 }), Type.Number()]));
const visitor = Type.Optional(Type.String({ pattern: VISITOR_ID_PATTERN }));

/** `POST /auth/contact/token`: at least one of the first four. */
export const TokenInput = Type.Object({
  externalCustomerId: id,
  /** Another name of `externalCustomerId`. */
  extid: id,
  email: name,
  phone: Type.Optional(Type.Union([Type.String({ maxLength: 50 }), Type.Number()])),
  /** The browser that the token binds to the contact; without it, it binds none. */
  visitorId: visitor,
  webId: visitor,
});
export type TokenInput = Static<typeof TokenInput>;

/** Empty: nobody is known by this, or the contact has no external id to vouch for. */
export const TokenAnswer = Type.Object({ token: Type.String() });
