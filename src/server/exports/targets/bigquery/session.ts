import { randomUUID } from "node:crypto";
import type { BigQueryPlace, RunNote } from "../../../../contract/exports.ts";
import { ExportRefused } from "../../fault.ts";
import { planTable, type DestinationState, type FoundTable } from "../../rules.ts";
import type { Removal } from "../../source.ts";
import type { Column, ColumnType, TableShape } from "../../tables.ts";
import type { Loading, Session } from "../target.ts";
import type { BigQueryClient, Parameter, TableResource } from "./client.ts";
import {
  EARLIEST,
  effectsOf,
  fieldsOf,
  LATEST,
  layoutOf,
  mergeScript,
  numbers,
  parameter,
  STATE_FIELDS,
  STATE_TABLE,
  stretchList,
  TYPES,
  writeTables,
  type Cleared,
  type Staged,
} from "./statements.ts";

export interface BigQuerySetting {
  readonly exportId: string;
  readonly place: BigQueryPlace;
  readonly now: () => number;
}

const DAY = 24 * 60 * 60_000;
const markOf = (exportId: string) => `Backstory export ${exportId}`;

/** Rows wait in tables of their own until one script, which is one transaction, takes them all over. */
export async function openBigQuerySession(client: BigQueryClient, setting: BigQuerySetting): Promise<Session> {
  const { exportId, now } = setting;
  const { dataset } = setting.place;
  const found = await client.findDataset(dataset);
  if (found === undefined) await client.makeDataset(dataset, setting.place.location);
  const location = found?.location ?? setting.place.location;
  const at = (table: string) => `\`${client.projectId}.${dataset}.${table}\``;
  const token = randomUUID().replaceAll("-", "");
  const staged: Staged[] = [];
  const cleared: Cleared[] = [];
  const notes: RunNote[] = found === undefined ? [{ code: "schema.made", table: dataset, column: null }] : [];
  let removal: Removal = { stretches: [], contactIds: [] };

  return {
    async readState() {
      if ((await client.findTable(dataset, STATE_TABLE)) === undefined)
        await client.makeTable(dataset, STATE_TABLE, { schema: { fields: STATE_FIELDS } });
      const rows = await client.runQuery({
        query: `SELECT snapshot, cluster, tables, comparedAt FROM ${at(STATE_TABLE)} WHERE exportId = @exportId`,
        location,
        parameters: [parameter("exportId", "STRING", exportId)],
      });
      return stateOf(rows[0]);
    },
    async prepare(shapes, known) {
      const plans = [];
      for (const shape of shapes) {
        const resource = await client.findTable(dataset, shape.name);
        const mark = resource?.description ?? "";
        if (mark.startsWith(markOf("")) && mark !== markOf(exportId))
          throw new ExportRefused(
            "table.taken",
            `The table ${shape.name} in the dataset ${dataset} belongs to another export. Nothing was changed. Give this one a dataset of its own, or drop that table.`,
          );
        const isOurs = mark === markOf(exportId) || known?.tables[shape.name] !== undefined;
        const past = { isOurs, filled: known?.tables[shape.name] ?? [] };
        const plan = planTable(shape, resource && foundTable(shape, resource), past);
        if (plan.kind === "refused") throw new ExportRefused(plan.fault.code, plan.fault.detail);
        plans.push({ shape, plan, resource });
      }
      const refill = new Set(plans.flatMap(({ shape, plan }) => (plan.refill ? [shape.name] : [])));
      // Nothing is changed before everything was looked at.
      const vanished =
        known && withoutVanished(known.tables, new Map(plans.map(({ shape, plan }) => [shape.name, plan.add])));
      // Cut off between a column's making and its filling, the next run must not take it for filled.
      if (vanished !== undefined)
        await client.runQuery({
          query: writeTables(at),
          location,
          parameters: [
            parameter("exportId", "STRING", exportId),
            parameter("tables", "STRING", JSON.stringify(vanished)),
          ],
        });
      for (const { shape, plan, resource } of plans) {
        const description = markOf(exportId);
        if (plan.make)
          await client.makeTable(dataset, shape.name, {
            description,
            schema: { fields: fieldsOf(shape) },
            ...layoutOf(shape),
          });
        if (plan.add.length > 0) {
          const added = plan.add.map(({ name, type }) => ({ name, type: TYPES[type] }));
          const fields = [...(resource?.schema?.fields ?? []), ...added];
          await client.changeTable(dataset, shape.name, { description, schema: { fields } });
        }
        if (plan.clear.length > 0) cleared.push({ table: shape.name, columns: plan.clear });
        notes.push(...plan.notes);
      }
      return { notes, refill };
    },
    remove(what) {
      removal = what;
      return Promise.resolve();
    },
    async load({ shape, extent, query, source }: Loading) {
      const stage = `_backstory_stage_${shape.name}_${token}`;
      const fields = fieldsOf(shape);
      const expirationTime = String(now() + DAY);
      await client.makeTable(dataset, stage, { schema: { fields }, expirationTime });
      staged.push({ shape, stage, removesRest: extent.kind === "whole" && shape.name !== "events" });
      const counted = countedLines(source.lines(query));
      const first = await counted.bytes.next();
      if (first.done === true) return { rows: 0, bytes: 0 };
      const bytes = startingWith(first.value, counted.bytes);
      const stored = await client.load({ dataset, table: stage, location, fields, bytes });
      if (stored !== counted.rows())
        throw new ExportRefused(
          "bigquery.rows",
          "BigQuery took in another number of rows than was sent. It is tried again by itself.",
        );
      return { rows: stored, bytes: counted.size() };
    },
    async finish(state) {
      const stretches = removal.stretches.map(({ sourceKind, sourceId, validFrom, validTo }) => ({
        kind: sourceKind,
        id: sourceId,
        validFrom: validFrom === "-infinity" ? EARLIEST : validFrom,
        validTo: validTo === "infinity" ? LATEST : validTo,
      }));
      const [removesContacts, removesStretches] = [removal.contactIds.length > 0, stretches.length > 0];
      const parameters: Parameter[] = [
        ...stateParameters(exportId, state),
        ...(removesContacts ? [numbers("contactIds", removal.contactIds)] : []),
        ...(removesStretches ? [stretchList("stretches", stretches)] : []),
      ];
      const query = mergeScript({ at, staged, cleared, removesContacts, removesStretches });
      const [row = []] = await client.runQuery({ query, location, parameters });
      return effectsOf(staged, row);
    },
    async close() {
      // They would end by themselves within a day.
      for (const { stage } of staged) await client.removeTable(dataset, stage).catch(() => undefined);
    },
  };
}

function stateOf(row: readonly (string | null)[] | undefined): DestinationState | undefined {
  const [snapshot, cluster, tables, comparedAt] = row ?? [];
  if (snapshot == null || cluster == null || tables == null || comparedAt == null) return undefined;
  return {
    snapshot,
    cluster,
    tables: JSON.parse(tables) as Record<string, string[]>,
    comparedAt: Number(comparedAt),
  };
}

const stateParameters = (
  exportId: string,
  { snapshot, cluster, tables, comparedAt }: DestinationState,
): Parameter[] => [
  parameter("exportId", "STRING", exportId),
  parameter("snapshot", "STRING", snapshot),
  parameter("cluster", "STRING", cluster),
  parameter("tables", "STRING", JSON.stringify(tables)),
  parameter("comparedAt", "INT64", String(comparedAt)),
];

/** The columns that are filled, without those that somebody dropped and that are added again. Undefined: all are there. */
function withoutVanished(
  filled: DestinationState["tables"],
  added: ReadonlyMap<string, readonly Column[]>,
): DestinationState["tables"] | undefined {
  const isAdded = (table: string, name: string) => added.get(table)?.some((column) => column.name === name) === true;
  const tables = Object.entries(filled);
  if (!tables.some(([table, names]) => names.some((name) => isAdded(table, name)))) return undefined;
  return Object.fromEntries(tables.map(([table, names]) => [table, names.filter((name) => !isAdded(table, name))]));
}

/** Other names for the same types: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
const SAME: Readonly<Record<string, string>> = { INT64: "INTEGER", BOOL: "BOOLEAN", FLOAT64: "FLOAT" };

/** BigQuery's names of columns do not mind letter case. */
function foundTable(shape: TableShape, { schema, numRows }: TableResource): FoundTable {
  const types = new Map((schema?.fields ?? []).map(({ name, type }) => [name.toLowerCase(), SAME[type] ?? type]));
  const others = (schema?.fields ?? []).map(({ name }) => [name, undefined] as const);
  const columns = shape.columns.flatMap(({ name, type }) => {
    const there = types.get(name.toLowerCase());
    return there === undefined ? [] : [[name, there === TYPES[type] ? type : undefined] as const];
  });
  return { columns: new Map<string, ColumnType | undefined>([...others, ...columns]), isEmpty: numRows === "0" };
}

const PIECE = 256 * 1024;

/** Lines gathered into pieces worth sending, and how many they are. */
function countedLines(lines: AsyncIterable<string>) {
  let rows = 0;
  let size = 0;
  async function* gather(): AsyncGenerator<Buffer> {
    let held: string[] = [];
    let length = 0;
    for await (const line of lines) {
      held.push(line, "\n");
      length += line.length + 1;
      rows += 1;
      if (length >= PIECE) {
        const piece = Buffer.from(held.join(""));
        size += piece.length;
        yield piece;
        held = [];
        length = 0;
      }
    }
    if (held.length > 0) {
      const piece = Buffer.from(held.join(""));
      size += piece.length;
      yield piece;
    }
  }
  return { bytes: gather(), rows: () => rows, size: () => size };
}

async function* startingWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
