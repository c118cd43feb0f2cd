import { Type, type Static } from "typebox";
import { Cursor, OrNull, Text, Time } from "./pieces.ts";

export const MailQuery = Type.Object({ before: Type.Optional(Cursor) });
export type MailQuery = Static<typeof MailQuery>;
export const MailRow = Type.Object({ id: Text, at: Time, to: Text, subject: Text });
export type MailRow = Static<typeof MailRow>;
export const MailPage = Type.Object({ mail: Type.Array(MailRow), next: OrNull(Cursor) });
export type MailPage = Static<typeof MailPage>;
export const Letter = Type.Object({ id: Text, at: Time, from: Text, to: Text, subject: Text, text: Text });
export type Letter = Static<typeof Letter>;
