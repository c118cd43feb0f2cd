import { Type, type Static } from "typebox";
import { OrNull, Text, Time } from "./pieces.ts";

export const ApiKey = Type.Object({
  id: Text,
  name: Text,
  scopes: Type.Array(Text),
  /** The last characters, to tell keys apart. */
  ending: Text,
  createdAt: Time,
  lastUsedAt: OrNull(Time),
});
export type ApiKey = Static<typeof ApiKey>;
export const ApiKeyList = Type.Object({
  keys: Type.Array(ApiKey),
  /** All that a key can be given. */
  scopes: Type.Array(Text),
});
export type ApiKeyList = Static<typeof ApiKeyList>;
export const NewApiKey = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100, pattern: "\\S" }),
  scopes: Type.Array(Type.String({ maxLength: 50 }), { minItems: 1, maxItems: 20 }),
});
export type NewApiKey = Static<typeof NewApiKey>;
/** The secret is shown this once. */
export const CreatedApiKey = Type.Object({ key: ApiKey, secret: Text });
export type CreatedApiKey = Static<typeof CreatedApiKey>;
