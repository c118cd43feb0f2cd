import type { ColumnType, TableShape } from "../../tables.ts";
import type { Effect } from "../target.ts";
import type { Field, Parameter } from "./client.ts";

export const TYPES: Readonly<Record<ColumnType, string>> = {
  bigint: "INTEGER",
  integer: "INTEGER",
  boolean: "BOOLEAN",
  double: "FLOAT",
  text: "STRING",
  timestamp: "TIMESTAMP",
  date: "DATE",
  json: "STRING",
};

export const fieldsOf = ({ columns }: TableShape): Field[] =>
  columns.map(({ name, type }) => ({ name, type: TYPES[type] }));

/** How a table lies: what is asked for together lies together. */
export function layoutOf({ name, key }: TableShape): object {
  const cluster = { events: ["sourceKind", "sourceId"], bindings: ["contactId"], segments_members: ["segmentId"] };
  const fields = name in cluster ? cluster[name as keyof typeof cluster] : key;
  return {
    clustering: { fields },
    // By month: a table may have 10,000 partitions, and days of many years are more.
    ...(name === "events" && { timePartitioning: { type: "MONTH", field: "occurred" } }),
  };
}

export const STATE_TABLE = "backstory_export";
export const STATE_FIELDS: readonly Field[] = [
  { name: "exportId", type: "STRING" },
  { name: "snapshot", type: "STRING" },
  { name: "cluster", type: "STRING" },
  { name: "tables", type: "STRING" },
  { name: "comparedAt", type: "INTEGER" },
  { name: "finishedAt", type: "TIMESTAMP" },
];

/** Changes alone which columns the next run takes for filled. */
export const writeTables = (at: (table: string) => string): string =>
  `UPDATE ${at(STATE_TABLE)} SET tables = @tables WHERE exportId = @exportId`;

export interface Staged {
  readonly shape: TableShape;
  readonly stage: string;
  /** Rows that are not among them have to go. */
  readonly removesRest: boolean;
}

/** Columns that are to be empty from now on. */
export interface Cleared {
  readonly table: string;
  readonly columns: readonly string[];
}

export interface ScriptParts {
  readonly at: (table: string) => string;
  readonly staged: readonly Staged[];
  readonly cleared: readonly Cleared[];
  readonly removesContacts: boolean;
  readonly removesStretches: boolean;
}

const quoted = (name: string) => `\`${name}\``;

/** One script, one transaction: readers see all of a run or nothing of it. Its last statement tells what was done. */
export function mergeScript({ at, staged, cleared, removesContacts, removesStretches }: ScriptParts): string {
  const names = new Set<string>(staged.map(({ shape }) => shape.name));
  const counters = staged.flatMap(({ shape: { name } }) => [`written_${name}`, `removed_${name}`]);
  const removals = [
    ...(removesContacts ? contactRemovals(names) : []),
    ...(removesStretches ? stretchRemovals(names) : []),
  ];
  const range = staged.some(({ shape }) => shape.name === "events");
  return [
    ...counters.map((counter) => `DECLARE ${counter} INT64 DEFAULT 0;`),
    ...(range ? ["DECLARE earliest, latest TIMESTAMP;"] : []),
    // Constants, so that only the months that new events lie in are read.
    ...staged
      .filter(({ shape }) => shape.name === "events")
      .map(
        ({ stage }) =>
          `SET (earliest, latest) = (SELECT AS STRUCT MIN(\`occurred\`), MAX(\`occurred\`) FROM ${at(stage)});`,
      ),
    "BEGIN TRANSACTION;",
    ...removals.flatMap(({ table, where }) => [
      `DELETE FROM ${at(table)} t WHERE ${where};`,
      `SET removed_${table} = removed_${table} + @@row_count;`,
    ]),
    ...cleared.map(
      ({ table, columns }) =>
        `UPDATE ${at(table)} t SET ${columns.map((name) => `${quoted(name)} = NULL`).join(", ")}
         WHERE ${columns.map((name) => `t.${quoted(name)} IS NOT NULL`).join(" OR ")};`,
    ),
    ...staged.flatMap((one) => mergeOf(one, at)),
    `MERGE ${at(STATE_TABLE)} t USING (SELECT @exportId AS exportId) s ON t.exportId = s.exportId
     WHEN MATCHED THEN UPDATE SET snapshot = @snapshot, cluster = @cluster, tables = @tables,
       comparedAt = @comparedAt, finishedAt = CURRENT_TIMESTAMP()
     WHEN NOT MATCHED THEN INSERT (exportId, snapshot, cluster, tables, comparedAt, finishedAt)
       VALUES (@exportId, @snapshot, @cluster, @tables, @comparedAt, CURRENT_TIMESTAMP());`,
    "COMMIT TRANSACTION;",
    `SELECT ${counters.length === 0 ? "0" : counters.join(", ")};`,
  ].join("\n");
}

function mergeOf({ shape, stage, removesRest }: Staged, at: (table: string) => string): string[] {
  const { name, key } = shape;
  const all = shape.columns.map((column) => quoted(column.name));
  const rest = all.filter((column) => !key.map(quoted).includes(column));
  const same = key.map((column) => `t.${quoted(column)} = s.${quoted(column)}`).join(" AND ");
  const within = name === "events" ? " AND t.`occurred` BETWEEN earliest AND latest" : "";
  const differs = rest.map((column) => `t.${column} IS DISTINCT FROM s.${column}`).join(" OR ");
  return [
    ...(removesRest
      ? [
          `DELETE FROM ${at(name)} t WHERE NOT EXISTS (SELECT 1 FROM ${at(stage)} s WHERE ${same});`,
          `SET removed_${name} = removed_${name} + @@row_count;`,
        ]
      : []),
    `MERGE ${at(name)} t USING ${at(stage)} s ON ${same}${within}
     WHEN MATCHED AND (${differs}) THEN UPDATE SET ${rest.map((column) => `${column} = s.${column}`).join(", ")}
     WHEN NOT MATCHED THEN INSERT (${all.join(", ")}) VALUES (${all.map((column) => `s.${column}`).join(", ")});`,
    `SET written_${name} = @@row_count;`,
  ];
}

interface RemovalPart {
  readonly table: string;
  readonly where: string;
}

function contactRemovals(names: ReadonlySet<string>): RemovalPart[] {
  return ["contacts", "devices", "bindings"]
    .filter((table) => names.has(table))
    .map((table) => ({ table, where: "t.`contactId` IN UNNEST(@contactIds)" }));
}

function stretchRemovals(names: ReadonlySet<string>): RemovalPart[] {
  const parts: readonly RemovalPart[] = [
    {
      table: "devices",
      where: "t.`deviceId` IN (SELECT s.id FROM UNNEST(@stretches) s WHERE s.kind = 'device')",
    },
    {
      table: "bindings",
      where: `EXISTS (SELECT 1 FROM UNNEST(@stretches) s WHERE s.kind = t.\`sourceKind\` AND s.id = t.\`sourceId\`
        AND s.validFrom = COALESCE(t.\`validFrom\`, TIMESTAMP '${EARLIEST}'))`,
    },
    {
      table: "events",
      where: `EXISTS (SELECT 1 FROM UNNEST(@stretches) s WHERE s.kind = t.\`sourceKind\` AND s.id = t.\`sourceId\`
        AND t.\`occurred\` >= s.validFrom AND t.\`occurred\` < s.validTo)`,
    },
  ];
  return parts.filter(({ table }) => names.has(table));
}

/** The ends of BigQuery's time, which stand for no end. */
export const EARLIEST = "0001-01-01 00:00:00+00:00";
export const LATEST = "9999-12-31 23:59:59.999999+00:00";

/** What the last statement of the script says. */
export function effectsOf(staged: readonly Staged[], row: readonly (string | null)[]): ReadonlyMap<string, Effect> {
  return new Map(
    staged.map(({ shape }, index) => [
      shape.name,
      { written: Number(row[index * 2] ?? 0), removed: Number(row[index * 2 + 1] ?? 0) },
    ]),
  );
}

export const parameter = (name: string, type: "STRING" | "INT64", value: string): Parameter => ({
  name,
  parameterType: { type },
  parameterValue: { value },
});

export const numbers = (name: string, values: readonly string[]): Parameter => ({
  name,
  parameterType: { type: "ARRAY", arrayType: { type: "INT64" } },
  parameterValue: { arrayValues: values.map((value) => ({ value })) },
});

export interface StretchValue {
  readonly kind: string;
  readonly id: string;
  readonly validFrom: string;
  readonly validTo: string;
}

export const stretchList = (name: string, values: readonly StretchValue[]): Parameter => ({
  name,
  parameterType: {
    type: "ARRAY",
    arrayType: {
      type: "STRUCT",
      structTypes: [
        { name: "kind", type: { type: "STRING" } },
        { name: "id", type: { type: "STRING" } },
        { name: "validFrom", type: { type: "TIMESTAMP" } },
        { name: "validTo", type: { type: "TIMESTAMP" } },
      ],
    },
  },
  parameterValue: {
    arrayValues: values.map(({ kind, id, validFrom, validTo }) => ({
      structValues: {
        kind: { value: kind },
        id: { value: id },
        validFrom: { value: validFrom },
        validTo: { value: validTo },
      },
    })),
  },
});
