import { Type, type Static } from "typebox";
import { OrNull, Text } from "./pieces.ts";

export const AdminRole = Type.Enum(["owner", "marketer", "developer", "viewer"]);
export type AdminRole = Static<typeof AdminRole>;

/** What a role may do; each route names the one it needs. */
export const AdminRight = Type.Enum([
  "contacts.read",
  "contacts.write",
  "sites.read",
  "sites.write",
  "mail.read",
  "keys.read",
  "keys.write",
  "users.read",
  "users.write",
  /** Take many contacts away at once, as a file. */
  "contacts.download",
  /** Remove somebody for good, with everything they did. */
  "contacts.erase",
  "exports.read",
  "exports.write",
]);
export type AdminRight = Static<typeof AdminRight>;

export const Credentials = Type.Object({
  login: Type.String({ minLength: 1, maxLength: 254 }),
  password: Type.String({ minLength: 1, maxLength: 256 }),
});
export type Credentials = Static<typeof Credentials>;

export const PasswordChange = Type.Object({
  current: Type.String({ minLength: 1, maxLength: 256 }),
  next: Type.String({ minLength: 1, maxLength: 256 }),
});
export type PasswordChange = Static<typeof PasswordChange>;

/** The person who is logged in, and what the screens need to know about the installation. */
export const Me = Type.Object({
  login: Text,
  role: AdminRole,
  rights: Type.Array(AdminRight),
  /** True: nothing but changing the password is allowed. */
  mustChangePassword: Type.Boolean(),
  /** Where tags, curl examples and mails point to. */
  publicUrl: Text,
  /** True: no mail leaves, it is kept and shown under Mail. */
  mailIsCaptured: Type.Boolean(),
  /** The tracker under the name that never changes its content, and the hash browsers check it by. `null`: not built. */
  tracker: OrNull(Type.Object({ path: Text, integrity: Text })),
});
export type Me = Static<typeof Me>;
