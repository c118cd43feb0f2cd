import { Type, type Static } from "typebox";
import { ListedContacts } from "./acts.ts";
import { MAX_CHOSEN } from "./limits.ts";

// Exports to a warehouse, as the admin's API tells and takes them. Times are milliseconds since 1970.

const OrNull = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Time = Type.Number();
const Text = Type.String();

/** In the order in which they are written. */
export const ExportTable = Type.Enum([
  "contacts",
  "devices",
  "bindings",
  "events",
  "segments_members",
  "identity_changes",
]);
export type ExportTable = Static<typeof ExportTable>;

const Name = Type.String({ minLength: 1, maxLength: 63, pattern: "^[^\\u0000-\\u001f\\u007f]+$" });

/** A PostgreSQL database. `verify`: encrypted, and the server's certificate is checked. */
export const PostgresPlace = Type.Object({
  kind: Type.Literal("postgresql"),
  host: Type.String({ minLength: 1, maxLength: 253, pattern: "^[^\\s\\u0000]+$" }),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  database: Name,
  user: Name,
  schema: Name,
  tls: Type.Enum(["verify", "off"]),
  /** PEM of the authority that signed the server's certificate, when it is none that everybody knows. */
  authority: OrNull(Type.String({ maxLength: 20_000, pattern: "^\\s*-----BEGIN CERTIFICATE-----" })),
});
export type PostgresPlace = Static<typeof PostgresPlace>;

/** A dataset of BigQuery. The project and the account are those of the key. */
export const BigQueryPlace = Type.Object({
  kind: Type.Literal("bigquery"),
  dataset: Type.String({ minLength: 1, maxLength: 1_024, pattern: "^[A-Za-z0-9_]+$" }),
  /** Where the dataset is made if there is none, e.g. `EU`. */
  location: Type.String({ minLength: 2, maxLength: 40, pattern: "^[A-Za-z0-9-]+$" }),
});
export type BigQueryPlace = Static<typeof BigQueryPlace>;

export const ExportPlace = Type.Union([PostgresPlace, BigQueryPlace]);
export type ExportPlace = Static<typeof ExportPlace>;

/** Password, or the JSON of a service account's key. Goes in, never out. */
const Secret = Type.String({ maxLength: 20_000 });
const Minutes = Type.Integer({ minimum: 5, maximum: 60 * 24 * 31 });
const exportFields = {
  name: Type.String({ minLength: 1, maxLength: 100, pattern: "\\S" }),
  tables: Type.Array(ExportTable, { minItems: 1, maxItems: 6, uniqueItems: true }),
  intervalMinutes: Minutes,
};

export const NewExport = Type.Object({ ...exportFields, place: ExportPlace, secret: Secret });
export type NewExport = Static<typeof NewExport>;

/** Absent: leave alone. The place cannot be changed: another place is another export. */
export const ExportChange = Type.Object({
  name: Type.Optional(exportFields.name),
  intervalMinutes: Type.Optional(Minutes),
  secret: Type.Optional(Secret),
  paused: Type.Optional(Type.Boolean()),
  /** Adds the column with the site's own id to an export that was made without it, and fills it. */
  externalId: Type.Optional(Type.Literal(true)),
});
export type ExportChange = Static<typeof ExportChange>;

/** `allAgain`: every row is compared, also those that were exported before. */
export const RunOrder = Type.Object({ allAgain: Type.Boolean() });
export type RunOrder = Static<typeof RunOrder>;

export const RunTable = Type.Object({
  name: Text,
  /** Rows that were sent. */
  read: Count,
  /** Rows that are new or differ at the destination. */
  written: Count,
  removed: Count,
  /** True: all rows were compared, not only those that had changed. */
  whole: Type.Boolean(),
});
export type RunTable = Static<typeof RunTable>;

/** What a run changed of the destination's tables. `column` is null where a whole table is meant. */
export const RunNote = Type.Object({
  code: Type.Enum(["table.made", "column.added", "column.cleared", "schema.made"]),
  table: Text,
  column: OrNull(Text),
});
export type RunNote = Static<typeof RunNote>;

/** `code`: a word for machines; `detail`: a sentence that says what happened and what to do. */
export const ExportFault = Type.Object({ code: Text, detail: Text });
export type ExportFault = Static<typeof ExportFault>;

export const ExportRun = Type.Object({
  id: Type.Integer(),
  reason: Type.Enum(["schedule", "asked"]),
  state: Type.Enum(["running", "finished", "failed", "interrupted"]),
  startedAt: Time,
  finishedAt: OrNull(Time),
  tables: Type.Array(RunTable),
  bytes: Count,
  notes: Type.Array(RunNote),
  error: OrNull(ExportFault),
});
export type ExportRun = Static<typeof ExportRun>;

export const Export = Type.Object({
  id: Text,
  ...exportFields,
  place: ExportPlace,
  externalId: Type.Boolean(),
  paused: Type.Boolean(),
  createdAt: Time,
  /** When the next run is due; `null` while it is paused. */
  nextRunAt: OrNull(Time),
  lastRun: OrNull(ExportRun),
});
export type Export = Static<typeof Export>;
export const ExportList = Type.Object({ exports: Type.Array(Export) });
export type ExportList = Static<typeof ExportList>;

export const ExportDetail = Type.Object({
  export: Export,
  /** Newest first. */
  runs: Type.Array(ExportRun),
});
export type ExportDetail = Static<typeof ExportDetail>;

/** What is to be tried out before it is kept. */
export const ExportTrial = Type.Object({ place: ExportPlace, secret: Secret });
export type ExportTrial = Static<typeof ExportTrial>;

export const TrialOutcome = Type.Object({
  /** Absent from a trial that went well. */
  fault: OrNull(ExportFault),
  /** What answered, e.g. `PostgreSQL 17.2`. */
  server: OrNull(Text),
  /** The first five rows of `contacts`, as they would arrive. */
  columns: Type.Array(Text),
  rows: Type.Array(Type.Array(OrNull(Text))),
});
export type TrialOutcome = Static<typeof TrialOutcome>;

// --- downloads

export const DownloadQuery = Type.Object({
  format: Type.Enum(["csv", "ndjson"]),
  /** Those with these ids only, with commas between them. */
  ids: Type.Optional(Type.String({ pattern: "^[1-9]\\d{0,15}(,[1-9]\\d{0,15})*$", maxLength: 17 * MAX_CHOSEN })),
  ...ListedContacts.properties,
});
export type DownloadQuery = Static<typeof DownloadQuery>;
