import { Type, type Static } from "typebox";

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
const visitor = Type.Optional(Type.String({ pattern: "^[A-Za-z0-9_-]{8,64}$" }));

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
