import { Type, type Static } from "typebox";
import { Id, OrNull, Text, Time } from "./pieces.ts";
import { AdminRole } from "./session.ts";

/** Somebody who may log in. */
export const User = Type.Object({
  id: Id,
  login: Text,
  role: AdminRole,
  /** They have not chosen a password of their own yet. */
  mustChangePassword: Type.Boolean(),
  createdAt: Time,
  lastLoginAt: OrNull(Time),
});
export type User = Static<typeof User>;
export const UserList = Type.Object({ users: Type.Array(User) });
export type UserList = Static<typeof UserList>;
export const NewUser = Type.Object({ login: Type.String({ minLength: 1, maxLength: 254 }), role: AdminRole });
export type NewUser = Static<typeof NewUser>;
export const UserChange = Type.Object({ role: AdminRole });
export type UserChange = Static<typeof UserChange>;
/** Shown this once, to be handed over. */
export const OneTimePassword = Type.Object({ login: Text, oneTimePassword: Text });
export type OneTimePassword = Static<typeof OneTimePassword>;
