import { Type, type Static } from "typebox";
import { ContactPage } from "./admin/contacts.ts";

// Segments: groups of contacts. `list`: people were put there. `dynamic`: whoever meets the conditions, at any moment.

const OrNull = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Time = Type.Number();
const Text = Type.String();
const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

/** A text of the server's in the languages of the screens. */
export const Worded = Type.Object({ en: Text, uk: Text });
export type Worded = Static<typeof Worded>;

// --- conditions: data, never code

/** What a field holds; it decides which operators make sense. */
export const FieldKind = Type.Enum([
  "text",
  "address",
  "choice",
  "member",
  "number",
  "moment",
  "day",
  "yesNo",
  "presence",
]);
export type FieldKind = Static<typeof FieldKind>;

/** The negative ones say exactly the opposite, so they also hold for contacts whose field is empty. */
export const Operator = Type.Enum([
  "empty",
  "notEmpty",
  "is",
  "isNot",
  "contains",
  "containsNot",
  "startsWith",
  "endsWith",
  "atLeast",
  "atMost",
  "on",
  "before",
  "after",
  "inLast",
  "beforeLast",
  "inNext",
  "yes",
  "no",
]);
export type Operator = Static<typeof Operator>;

export const MAX_CONDITIONS = 50;
export const MAX_DEPTH = 4;
export const MAX_VALUES = 100;
export const MAX_VALUE_LENGTH = 500;

/**
 * What one field of a contact must be. Of several values one is enough. Days are texts like `2026-11-25`; for `inLast`,
 * `beforeLast` and `inNext` the value is a number of days.
 */
export const FieldCondition = Type.Object(
  {
    kind: Type.Literal("field"),
    /** A name of the catalogue: `externalCustomerId`, `fields.7`. */
    field: Type.String({ minLength: 1, maxLength: 100 }),
    operator: Operator,
    values: Type.Optional(
      Type.Array(Type.Union([Type.String({ maxLength: MAX_VALUE_LENGTH }), Type.Number()]), { maxItems: MAX_VALUES }),
    ),
  },
  { additionalProperties: false },
);
export type FieldCondition = Static<typeof FieldCondition>;

/** What a contact did, or did not do, in its whole attached history. */
export const EventCondition = Type.Object(
  {
    kind: Type.Literal("event"),
    /** `page` for a visited page, else the name given to `track`. */
    event: Type.String({ minLength: 1, maxLength: 100 }),
    /** A part of the page's address, letter by letter. */
    address: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    operator: Type.Enum(["atLeast", "lessThan"]),
    times: Type.Integer({ minimum: 1, maximum: 10_000 }),
    /** Only the last so many days count. Absent: the whole history. */
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_650 })),
  },
  { additionalProperties: false },
);
export type EventCondition = Static<typeof EventCondition>;

/** `all`: each must hold. `any`: one is enough. `none`: not one may hold. */
export const GroupKind = Type.Enum(["all", "any", "none"]);
export type GroupKind = Static<typeof GroupKind>;
export interface ConditionGroup {
  readonly kind: GroupKind;
  readonly of: readonly Condition[];
}
export type Condition = ConditionGroup | FieldCondition | EventCondition;

/** Checked by the segments slice itself, which says in a sentence what is wrong and where. */
const Tree = Type.Unsafe<ConditionGroup>({});

// --- what can be asked

export const CatalogueField = Type.Object({
  name: Text,
  kind: FieldKind,
  label: Worded,
  operators: Type.Array(Operator),
  /** All there are to choose from. Absent: any value may be typed. */
  choices: Type.Optional(Type.Array(Type.Object({ value: Type.Union([Text, Type.Number()]), label: Worded }))),
});
export type CatalogueField = Static<typeof CatalogueField>;

export const Catalogue = Type.Object({
  fields: Type.Array(CatalogueField),
  /** What each operator is called, for each kind of field. */
  operators: Type.Record(Type.String(), Type.Record(Type.String(), Worded)),
  /** Names of events, as they happened lately. */
  events: Type.Array(Text),
});
export type Catalogue = Static<typeof Catalogue>;

export const SuggestionQuery = Type.Object({ field: Type.String({ minLength: 1, maxLength: 100 }) });
export type SuggestionQuery = Static<typeof SuggestionQuery>;
/** Values that contacts of late have, most common first. */
export const Suggestions = Type.Object({ values: Type.Array(Text) });
export type Suggestions = Static<typeof Suggestions>;

// --- segments

export const SegmentKind = Type.Enum(["list", "dynamic"]);
export type SegmentKind = Static<typeof SegmentKind>;

export const SegmentRow = Type.Object({
  id: Id,
  name: Text,
  kind: SegmentKind,
  /** Of a dynamic one. */
  sentence: OrNull(Worded),
  createdAt: Time,
});
export type SegmentRow = Static<typeof SegmentRow>;
export const SegmentList = Type.Object({ segments: Type.Array(SegmentRow) });
export type SegmentList = Static<typeof SegmentList>;

export const Segment = Type.Object({
  id: Id,
  name: Text,
  kind: SegmentKind,
  sentence: OrNull(Worded),
  createdAt: Time,
  condition: OrNull(Tree),
  /** Segments whose conditions ask for members of this one. */
  usedBy: Type.Array(Type.Object({ id: Id, name: Text })),
});
export type Segment = Static<typeof Segment>;

const name = Type.String({ maxLength: 255, pattern: "^[^\\u0000-\\u001f\\u007f]*$" });
/** With a condition it is dynamic, without it a list. A dynamic one without a name is named after its sentence. */
export const NewSegment = Type.Object({
  name: Type.Optional(name),
  language: Type.Optional(Type.Enum(["en", "uk"])),
  condition: Type.Optional(Tree),
});
export type NewSegment = Static<typeof NewSegment>;
/** Absent: leave alone. */
export const SegmentChange = Type.Object({ name: Type.Optional(name), condition: Type.Optional(Tree) });
export type SegmentChange = Static<typeof SegmentChange>;

export const SegmentSize = Type.Object({ total: Count, asOf: Time });
export type SegmentSize = Static<typeof SegmentSize>;

export const Trial = Type.Object({ condition: Tree });
export type Trial = Static<typeof Trial>;
/** Who would be in it this moment: all counted, the newest ten shown. */
export const TrialAnswer = Type.Object({
  total: Count,
  asOf: Time,
  sentence: Worded,
  contacts: ContactPage.properties.contacts,
});
export type TrialAnswer = Static<typeof TrialAnswer>;

export const MemberQuery = Type.Object({ after: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) });
export type MemberQuery = Static<typeof MemberQuery>;
export const MemberPage = Type.Object({
  ...ContactPage.properties,
  /** All members, not only these. */
  total: Count,
});
export type MemberPage = Static<typeof MemberPage>;
export const NewMembers = Type.Object({ contactIds: Type.Array(Id, { minItems: 1, maxItems: 500 }) });
export type NewMembers = Static<typeof NewMembers>;
export const MembersAdded = Type.Object({
  /** That were not in it before. */
  added: Count,
});
export type MembersAdded = Static<typeof MembersAdded>;
export const ByMember = Type.Object({ id: Id, contactId: Id });

/** One line of "is this contact in it, and why not?", in the order of the tree. */
export const Verdict = Type.Object({
  /** How far it is indented: 0 is the whole. */
  depth: Count,
  /** Of a group; of a single condition it is null. */
  group: OrNull(GroupKind),
  words: Worded,
  holds: Type.Boolean(),
});
export type Verdict = Static<typeof Verdict>;
export const MemberVerdict = Type.Object({
  /** Another than the one asked for, when that one was merged into it. */
  contactId: Id,
  isMember: Type.Boolean(),
  /** Deleted contacts are in no segment, whatever they meet. */
  isLive: Type.Boolean(),
  /** Empty for a list. */
  lines: Type.Array(Verdict),
});
export type MemberVerdict = Static<typeof MemberVerdict>;

export const SegmentsOfContact = Type.Object({ segments: Type.Array(SegmentRow) });
export type SegmentsOfContact = Static<typeof SegmentsOfContact>;
