import { Type, type Static } from "typebox";

// Why a contact is what it is: the same words in the admin and in the contact API.

const OrNull = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()]);
const Text = Type.String();
const Time = Type.Number();
const Id = Type.Integer({ minimum: 1 });

export const ExplanationStep = Type.Object({
  at: Time,
  /** A word for machines, e.g. `create`, `bind`, `merge`, `claim-applied`. */
  action: Text,
  /** Who did it: `tracker`, `key`, `admin`, `mail recipient` …; keys and admins by their name. */
  actor: Type.Object({ kind: Text, name: OrNull(Text) }),
  /** Steps of one request belong together. */
  requestId: Text,
  reason: OrNull(Text),
  matchedBy: OrNull(Text),
  identifierKind: OrNull(Text),
  source: OrNull(Type.Object({ kind: Type.Enum(["visitor", "device", "contact"]), id: Text })),
  otherContact: OrNull(Id),
  /** Of a merge that can still be undone: POST /merges/{id}/undo of the admin's API. */
  mergeId: OrNull(Id),
  url: OrNull(Text),
});
export type ExplanationStep = Static<typeof ExplanationStep>;

/** `GET /api/v1/contact/{id}/explanation`, ours: oldest first. Times are milliseconds since 1970. */
export const ContactExplanation = Type.Object({
  /** Another than the one asked for, when that one was merged into it. */
  id: Id,
  steps: Type.Array(ExplanationStep),
});
export type ContactExplanation = Static<typeof ContactExplanation>;
