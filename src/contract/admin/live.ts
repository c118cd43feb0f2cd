import { Type, type Static } from "typebox";
import { SourceKind } from "./contact-card.ts";
import { Id, OrNull, Text, Time } from "./pieces.ts";

// Messages as they arrive.

export const LiveQuery = Type.Object({
  /** What the answer before called `next`. Absent: from the latest on. */
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 8000 })),
});
export type LiveQuery = Static<typeof LiveQuery>;

export const LiveVerdict = Type.Union([
  Type.Object({
    /**
     * `anonymous`: nobody said yet whose browser it is. `unattachable`: there is no consent to attach it, ever.
     * `waiting`: about a person, to be carried out in a moment. `claim`: said, and not proven. `nobody`: carried out,
     * and nobody has it now.
     */
    kind: Type.Enum(["anonymous", "unattachable", "waiting", "claim", "nobody"]),
  }),
  Type.Object({
    kind: Type.Literal("contact"),
    id: Id,
    firstName: OrNull(Text),
    lastName: OrNull(Text),
  }),
  Type.Object({ kind: Type.Literal("rejected"), code: Text, reason: Text }),
]);
export type LiveVerdict = Static<typeof LiveVerdict>;

export const LiveMessage = Type.Object({
  /** A message that is told again, with a newer verdict, has the same. */
  key: Text,
  at: Time,
  siteId: OrNull(Type.Integer()),
  siteName: OrNull(Text),
  /** `page`, `identify` and so on, or the name given to `track`. */
  name: OrNull(Text),
  source: OrNull(Type.Object({ kind: SourceKind, id: Text })),
  url: OrNull(Text),
  title: OrNull(Text),
  verdict: LiveVerdict,
  /** As JSON text. `null`: what was said about a person is not kept. */
  body: OrNull(Text),
});
export type LiveMessage = Static<typeof LiveMessage>;

/** In the order in which they were stored. */
export const LivePage = Type.Object({
  messages: Type.Array(LiveMessage),
  next: Text,
  /** There are more at once. */
  more: Type.Boolean(),
});
export type LivePage = Static<typeof LivePage>;
