import { Type, type Static } from "typebox";
import { ContactConditions } from "./admin/contacts.ts";
import { MAX_CHOSEN } from "./limits.ts";

// What is done to many contacts at once, as the admin's API takes and tells it. Times are milliseconds since 1970.

const OrNull = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Time = Type.Number();
const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const ListId = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

/** A list of contacts as a screen shows it, all pages of it: what is searched, narrowed to, or a segment's members. */
export const ListedContacts = Type.Object({
  /** The search of the list of contacts. */
  q: Type.Optional(Type.String({ maxLength: 254 })),
  /** Members of this segment only. */
  segment: Type.Optional(ListId),
  ...ContactConditions,
});
export type ListedContacts = Static<typeof ListedContacts>;

/** Some contacts by their ids, or everybody who is in a list at the moment of asking. */
export const Chosen = Type.Union([
  Type.Object({ contactIds: Type.Array(Id, { minItems: 1, maxItems: MAX_CHOSEN }) }, { additionalProperties: false }),
  Type.Object({ matching: ListedContacts }, { additionalProperties: false }),
]);
export type Chosen = Static<typeof Chosen>;

export const NewAct = Type.Union([
  Type.Object({
    kind: Type.Literal("join"),
    /** One that is there, or the name of one: made when there is none of this name. */
    list: Type.Union([
      Type.Object({ id: ListId }),
      Type.Object({
        name: Type.String({ minLength: 1, maxLength: 255, pattern: "^[^\\u0000-\\u001f\\u007f]*\\S.*$" }),
      }),
    ]),
    chosen: Chosen,
  }),
  Type.Object({ kind: Type.Literal("leave"), list: Type.Object({ id: ListId }), chosen: Chosen }),
  Type.Object({ kind: Type.Literal("delete"), chosen: Chosen }),
]);
export type NewAct = Static<typeof NewAct>;

/** `restore` only undoes a deletion. */
export const ActKind = Type.Enum(["join", "leave", "delete", "restore"]);
export type ActKind = Static<typeof ActKind>;
export const ActState = Type.Enum(["running", "finished", "cancelled", "failed"]);
export type ActState = Static<typeof ActState>;

/**
 * What became of a contact. `already`: it was so before. The others say why nothing was done: it was deleted, erased or
 * merged meanwhile, there is none with this id, it has no External ID to be restored by, or the attempt failed.
 */
export const ActResult = Type.Enum([
  "changed",
  "already",
  "deleted",
  "erased",
  "merged",
  "unknown",
  "noExternalId",
  "failed",
]);
export type ActResult = Static<typeof ActResult>;
export const ActCounts = Type.Record(ActResult, Count);
export type ActCounts = Readonly<Record<ActResult, number>>;

export const Act = Type.Object({
  id: Id,
  kind: ActKind,
  state: ActState,
  /** `matching`: everybody whom a list showed when the act began. */
  scope: Type.Enum(["named", "matching"]),
  /** Of `join` and `leave`. */
  list: OrNull(Type.Object({ id: Id, name: Type.String() })),
  /** The act that this one takes back. */
  undoes: OrNull(Id),
  contacts: Count,
  done: Count,
  counts: ActCounts,
  perSecond: OrNull(Type.Number()),
  /** Why it could not go on. */
  error: OrNull(Type.Enum(["listGone"])),
  createdBy: Type.String(),
  createdAt: Time,
  finishedAt: OrNull(Time),
  canUndo: Type.Boolean(),
});
export type Act = Static<typeof Act>;

export const ActListQuery = Type.Object({ before: Type.Optional(ListId) });
export type ActListQuery = Static<typeof ActListQuery>;
/** Newest first. */
export const ActList = Type.Object({ acts: Type.Array(Act), next: OrNull(Id) });
export type ActList = Static<typeof ActList>;

export const ActQuestion = Type.Object({ chosen: Chosen });
export type ActQuestion = Static<typeof ActQuestion>;
/** What belongs to the contacts that are chosen, so that it can be said before something happens to them. */
export const ActForecast = Type.Object({
  /** Those that are not deleted. */
  contacts: Count,
  withoutExternalId: Count,
  browsers: Count,
  devices: Count,
  /** Counted up to `eventsCountedTo`; one more means "or more". `null`: to count them takes too long. */
  events: OrNull(Count),
  eventsCountedTo: Count,
});
export type ActForecast = Static<typeof ActForecast>;
