import pg from "pg";
import type { Column, ColumnType, TableShape } from "../../tables.ts";

const TYPES: Readonly<Record<ColumnType, string>> = {
  bigint: "bigint",
  integer: "integer",
  boolean: "boolean",
  double: "double precision",
  text: "text",
  timestamp: "timestamp with time zone",
  date: "date",
  json: "jsonb",
};

const quoted = (name: string) => pg.escapeIdentifier(name);
const listed = (names: readonly string[], alias = "") => names.map((name) => alias + quoted(name)).join(", ");
export const namesOf = ({ columns }: TableShape) => columns.map(({ name }) => name);
export const stageOf = ({ name }: TableShape) => quoted(`backstory_stage_${name}`);

/** The type as PostgreSQL calls it, in our words. */
export function columnTypeOf(postgresType: string): ColumnType | undefined {
  const found = Object.entries(TYPES).find(([, name]) => name === postgresType);
  return found?.[0] as ColumnType | undefined;
}

/** Statements for one schema. Every name is quoted, ours and theirs. */
export function statementsFor(schema: string) {
  const at = (table: string) => `${quoted(schema)}.${quoted(table)}`;
  const defined = ({ name, type }: Column) => `${quoted(name)} ${TYPES[type]}`;
  return {
    makeSchema: `CREATE SCHEMA ${quoted(schema)}`,
    makeState: `CREATE TABLE IF NOT EXISTS ${at("backstory_export")} (
      "exportId" text PRIMARY KEY, "snapshot" text NOT NULL, "cluster" text NOT NULL, "tables" jsonb NOT NULL,
      "comparedAt" timestamptz NOT NULL, "finishedAt" timestamptz NOT NULL)`,
    readState: `SELECT "snapshot", "cluster", "tables", extract(epoch FROM "comparedAt") * 1000 AS "comparedAt"
      FROM ${at("backstory_export")} WHERE "exportId" = $1`,
    writeState: `INSERT INTO ${at("backstory_export")} VALUES ($1, $2, $3, $4, to_timestamp($5 / 1000.0), now())
      ON CONFLICT ("exportId") DO UPDATE SET "snapshot" = excluded."snapshot", "cluster" = excluded."cluster",
        "tables" = excluded."tables", "comparedAt" = excluded."comparedAt", "finishedAt" = excluded."finishedAt"`,
    readOwners: `SELECT "exportId", key AS "table" FROM ${at("backstory_export")}, jsonb_object_keys("tables") AS key`,
    /** Another export had made this table, and somebody dropped it since. */
    disown: `UPDATE ${at("backstory_export")} SET "tables" = "tables" - $2 WHERE "exportId" <> $1`,
    isEmpty: (table: string) => `SELECT NOT EXISTS (SELECT FROM ${at(table)}) AS "isEmpty"`,
    makeTable: ({ name, key, columns }: TableShape) => [
      `CREATE TABLE ${at(name)} (${columns.map(defined).join(", ")}, PRIMARY KEY (${listed(key)}))`,
      ...(INDEXES[name] ?? []).map((index) => `CREATE INDEX ON ${at(name)} (${listed(index)})`),
    ],
    addColumn: (table: string, column: Column) => `ALTER TABLE ${at(table)} ADD COLUMN ${defined(column)}`,
    clearColumns: (table: string, names: readonly string[]) =>
      `UPDATE ${at(table)} SET ${names.map((name) => `${quoted(name)} = NULL`).join(", ")}
      WHERE num_nonnulls(${listed(names)}) > 0`,
    makeStage: (shape: TableShape) =>
      `CREATE TEMPORARY TABLE ${stageOf(shape)} (${shape.columns.map(defined).join(", ")}) ON COMMIT DROP`,
    fillStage: (shape: TableShape) => `COPY ${stageOf(shape)} (${listed(namesOf(shape))}) FROM STDIN`,
    /** Rows that do not differ are left as they are. */
    merge(shape: TableShape): string {
      const names = namesOf(shape);
      const rest = names.filter((name) => !shape.key.includes(name));
      const set = rest.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(", ");
      return `INSERT INTO ${at(shape.name)} AS known (${listed(names)}) SELECT ${listed(names)} FROM ${stageOf(shape)}
        ON CONFLICT (${listed(shape.key)}) DO UPDATE SET ${set}
        WHERE (${listed(rest, "known.")}) IS DISTINCT FROM (${listed(rest, "excluded.")})`;
    },
    removeUnstaged: (shape: TableShape) =>
      `DELETE FROM ${at(shape.name)} known WHERE NOT EXISTS (SELECT FROM ${stageOf(shape)} stage
        WHERE (${listed(shape.key, "stage.")}) = (${listed(shape.key, "known.")}))`,
    removeContacts: (table: string) => `DELETE FROM ${at(table)} WHERE "contactId" = ANY($1::bigint[])`,
    removeDevices: `DELETE FROM ${at("devices")} d USING ${STRETCHES}
      WHERE s.kind = 'device' AND d."deviceId" = s.id`,
    removeBindings: `DELETE FROM ${at("bindings")} b USING ${STRETCHES}
      WHERE b."sourceKind" = s.kind AND b."sourceId" = s.id AND coalesce(b."validFrom", '-infinity') = s.valid_from`,
    removeEvents: `DELETE FROM ${at("events")} e USING ${STRETCHES}
      WHERE e."sourceKind" = s.kind AND e."sourceId" = s.id AND e."occurred" >= s.valid_from AND e."occurred" < s.valid_to`,
  };
}
export type Statements = ReturnType<typeof statementsFor>;

const STRETCHES = `unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS s (kind, id, valid_from, valid_to)`;

/** What people join by. */
const INDEXES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  bindings: [["contactId"], ["sourceKind", "sourceId"]],
  events: [["sourceKind", "sourceId", "occurred"]],
  segments_members: [["contactId"]],
};

export const FIND_COLUMNS = `
  SELECT c.relname AS "table", c.relkind AS "kind", a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS "type"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE n.nspname = $1 AND c.relname = ANY($2::text[])`;
