import { Type, type Static } from "typebox";

/**
 * A backup is gzipped text, so that `zcat` shows what it holds: a line of JSON that says what it is, then for every
 * table a line of JSON with its name and columns, its rows as PostgreSQL's COPY writes them, and a line `\.`; at last a
 * line of JSON with the number of rows of each table, without which the file is not whole.
 * https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 */
export const BACKUP_FORMAT = "backstory-backup-1";

/** What ends a table's rows. COPY never writes it as a row: a backslash in a value is doubled. */
export const END_OF_ROWS = "\\.";

export const BackupHead = Type.Object({
  format: Type.Literal(BACKUP_FORMAT),
  /** ISO 8601: the moment whose state it holds. */
  takenAt: Type.String(),
  /** Tells installations apart by their secret key, and says nothing about the key. */
  installation: Type.String(),
  migrations: Type.Array(Type.Object({ name: Type.String(), checksum: Type.String() })),
  /** Months of events: `[name, first id, end id]`. */
  partitions: Type.Array(Type.Tuple([Type.String(), Type.String(), Type.String()])),
});
export type BackupHead = Static<typeof BackupHead>;

export const TableHead = Type.Object({ table: Type.String(), columns: Type.Array(Type.String()) });
export type TableHead = Static<typeof TableHead>;

export const BackupEnd = Type.Object({ end: Type.Literal(true), rows: Type.Record(Type.String(), Type.Integer()) });
export type BackupEnd = Static<typeof BackupEnd>;

export const TableOrEnd = Type.Union([TableHead, BackupEnd]);
