import { Type, type Static } from "typebox";
import { Id, OrNull, Text, Time } from "./pieces.ts";

export const IdentityKeyAlgorithm = Type.Enum(["HS256", "EdDSA"]);
export type IdentityKeyAlgorithm = Static<typeof IdentityKeyAlgorithm>;
export const IdentityKey = Type.Object({
  /** Goes into the token's `kid`. */
  id: Text,
  algorithm: IdentityKeyAlgorithm,
  createdAt: Time,
  /** `null`: it works. */
  revokedAt: OrNull(Time),
});
export type IdentityKey = Static<typeof IdentityKey>;
/** Newest first. */
export const IdentityKeyList = Type.Object({ keys: Type.Array(IdentityKey) });
export type IdentityKeyList = Static<typeof IdentityKeyList>;
export const NewIdentityKey = Type.Union([
  Type.Object({ algorithm: Type.Literal("HS256") }),
  /** The public half, as PEM or JWK. */
  Type.Object({
    algorithm: Type.Literal("EdDSA"),
    publicKey: Type.String({ minLength: 1, maxLength: 2000 }),
  }),
]);
export type NewIdentityKey = Static<typeof NewIdentityKey>;
/** The secret is shown this once; `null`: the site has its private key itself. */
export const CreatedIdentityKey = Type.Object({ key: IdentityKey, secret: OrNull(Text) });
export type CreatedIdentityKey = Static<typeof CreatedIdentityKey>;
export const OneIdentityKey = Type.Object({ id: Id, keyId: Type.String({ minLength: 1, maxLength: 100 }) });
