import { Type, type Static } from "typebox";

export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1251", "windows-1252"] as const;
export const DELIMITERS = [",", ";", "\t", "|"] as const;

/** How a file of rows is to be read. */
export const ImportFormat = Type.Object({
  encoding: Type.Enum(ENCODINGS),
  delimiter: Type.Enum(DELIMITERS),
  /** Whether the first row names the columns. */
  hasHeader: Type.Boolean(),
});
export type ImportFormat = Static<typeof ImportFormat>;

/** What of a contact a column can hold. `field:7` is the additional field with that number. */
export const ImportTarget = Type.String({
  pattern:
    "^(externalCustomerId|email|phone|id|firstName|lastName|languageCode|timeZone|region|town|address|postcode|countryCode|contactKey|field:[1-9]\\d{0,8})$",
});
export type ImportTarget = string;

export const ImportSettings = Type.Object({
  /** Column by column: what it holds. `null`: it is left out. */
  columns: Type.Array(Type.Union([ImportTarget, Type.Null()]), { maxItems: 2_000 }),
  /** What tells contacts apart. Absent: the External ID when a column holds it, then email, then phone. */
  key: Type.Optional(ImportTarget),
  /** What becomes of values that a contact has already. */
  existing: Type.Enum(["overwrite", "fillEmpty"]),
  /** Whether an empty cell leaves a field alone or clears it. Addresses and ids are never cleared. */
  emptyCells: Type.Enum(["leave", "clear"]),
  /** How addresses begin that a contact did not have. */
  newAddresses: Type.Enum(["confirmed", "unconfirmed"]),
  deleted: Type.Enum(["restore", "skip"]),
  /** Whether a contact that another field finds gets the row's External ID in place of a different one. */
  replaceExternalIds: Type.Boolean(),
  /** The List segment that the contacts join; made when there is none of this name. */
  segment: Type.Union([Type.String({ minLength: 1, maxLength: 255, pattern: "\\S" }), Type.Null()]),
  /** Where phone numbers without a country code belong. */
  country: Type.Union([Type.String({ pattern: "^[A-Z]{2}$" }), Type.Null()]),
  /** Which comes first in dates like 03/04/2001, of additional fields. Absent or null: rows with such dates fail. */
  slashedDates: Type.Optional(Type.Union([Type.Enum(["dayFirst", "monthFirst"]), Type.Null()])),
});
export type ImportSettings = Static<typeof ImportSettings>;

export const RowResult = Type.Enum(["created", "updated", "unchanged", "restored", "skipped", "failed"]);
export type RowResult = Static<typeof RowResult>;

/** Of these, the rows that were about a contact. */
export const ContactResult = Type.Enum(["created", "updated", "unchanged", "restored"]);
export type ContactResult = Static<typeof ContactResult>;

export const ImportCounts = Type.Record(RowResult, Type.Integer());
export type ImportCounts = Readonly<Record<RowResult, number>>;

export const ImportState = Type.Enum([
  "uploading",
  "ready",
  "checking",
  "checked",
  "running",
  "finished",
  "cancelled",
  "failed",
]);
export type ImportState = Static<typeof ImportState>;

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

/** One column of the file, with what its first rows hold. */
export const ImportColumn = Type.Object({
  name: Type.String(),
  samples: Type.Array(Type.String()),
});
export type ImportColumn = Static<typeof ImportColumn>;

/** A contact before and after a row, as far as the row is about it. */
export const ImportSample = Type.Object({
  line: Type.Integer(),
  result: RowResult,
  before: Nullable(Type.Record(Type.String(), Type.String())),
  after: Nullable(Type.Record(Type.String(), Type.String())),
});
export type ImportSample = Static<typeof ImportSample>;

/** One import as the list shows it. */
export const ImportSummary = Type.Object({
  id: Type.Integer(),
  state: ImportState,
  fileName: Type.String(),
  fileSize: Nullable(Type.Integer()),
  createdBy: Type.String(),
  createdAt: Type.Number(),
  finishedAt: Nullable(Type.Number()),
  /** Null: not known before the file was read to its end once. */
  rowsTotal: Nullable(Type.Integer()),
  rowsDone: Type.Integer(),
  /** Of the run; while the file is being checked, and after, of the check. */
  counts: ImportCounts,
  rowsPerSecond: Nullable(Type.Number()),
  /** Which contacts the run created, updated, left as they were or restored can be listed. */
  namesContacts: Type.Boolean(),
});
export type ImportSummary = Static<typeof ImportSummary>;

export const ImportDetails = Type.Object({
  ...ImportSummary.properties,
  bytesStored: Type.Integer(),
  format: Nullable(ImportFormat),
  settings: Nullable(ImportSettings),
  /** What the settings say about the key, or what is wrong with them. */
  fault: Nullable(Type.String()),
  /** Whether the settings were taken from an earlier file with the same columns. */
  isRemembered: Type.Boolean(),
  columns: Type.Array(ImportColumn),
  /** What the check said, also after the run. */
  checked: Nullable(ImportCounts),
  samples: Type.Array(ImportSample),
  failures: Type.Integer(),
  notes: Type.Integer(),
  error: Nullable(Type.String()),
});
export type ImportDetails = Static<typeof ImportDetails>;

export const ImportList = Type.Object({ imports: Type.Array(ImportSummary), next: Nullable(Type.Integer()) });
export type ImportList = Static<typeof ImportList>;

export const ImportListQuery = Type.Object({ before: Type.Optional(Type.Integer({ minimum: 1 })) });
export type ImportListQuery = Static<typeof ImportListQuery>;

export const NewImport = Type.Object({
  fileName: Type.String({ minLength: 1, maxLength: 255 }),
  fileSize: Type.Integer({ minimum: 1 }),
});
export type NewImport = Static<typeof NewImport>;
export const StartedImport = Type.Object({ id: Type.Integer() });
export type StartedImport = Static<typeof StartedImport>;

export const ImportPart = Type.Object({
  id: Type.Integer({ minimum: 1 }),
  part: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
});

export const ImportChange = Type.Object({
  format: Type.Optional(ImportFormat),
  settings: Type.Optional(ImportSettings),
});
export type ImportChange = Static<typeof ImportChange>;

const Language = Type.Enum(["en", "uk"]);
export const ImportProblemQuery = Type.Object({
  kind: Type.Optional(Type.Enum(["failure", "note"])),
  language: Type.Optional(Language),
  after: Type.Optional(Type.Integer({ minimum: 0 })),
});

/** One row of which something has to be said. */
export const ImportProblem = Type.Object({
  line: Type.Integer(),
  column: Nullable(Type.String()),
  value: Nullable(Type.String()),
  result: RowResult,
  reason: Type.String(),
  hint: Type.String(),
});
export type ImportProblem = Static<typeof ImportProblem>;
export const ImportProblemList = Type.Object({
  problems: Type.Array(ImportProblem),
  next: Nullable(Type.Integer()),
});
export type ImportProblemList = Static<typeof ImportProblemList>;

export const ImportErrorsQuery = Type.Object({ language: Type.Optional(Language) });
