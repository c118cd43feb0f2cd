import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { RunNote } from "../../../../contract/exports.ts";
import { ExportRefused } from "../../fault.ts";
import { planTable, type DestinationState, type FoundTable } from "../../rules.ts";
import type { Removal } from "../../source.ts";
import type { TableShape } from "../../tables.ts";
import type { Effect, Loaded, Loading, Session } from "../target.ts";
import { postgresFault } from "./faults.ts";
import { columnTypeOf, FIND_COLUMNS, statementsFor, type Statements } from "./statements.ts";

export interface SessionSetting {
  readonly exportId: string;
  readonly schema: string;
}

/** Whoever writes into a schema holds this lock there. */
const LOCK = "hashtextextended('backstory export ' || $1, 0)";
const TAKE_LOCK = `SELECT pg_advisory_xact_lock(${LOCK})`;
export const TRY_LOCK = `SELECT pg_try_advisory_lock(${LOCK}) AS "isFree"`;

const isLockTaken = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "55P03";

const busy = (schema: string): ExportRefused =>
  new ExportRefused(
    "schema.busy",
    `Another export is writing into the schema ${schema}. This one is tried again by itself, and has it easier with a schema of its own.`,
  );

/** One transaction at the destination: killed anywhere, it leaves everything as the run before had left it. */
export async function openPostgresSession(client: pg.Client, setting: SessionSetting): Promise<Session> {
  const { exportId, schema } = setting;
  const sql = statementsFor(schema);
  const run = async (text: string, values: readonly unknown[] = []): Promise<number> =>
    (await client.query(text, [...values])).rowCount ?? 0;
  const effects = new Map<string, Effect>();
  const note = (table: string, effect: Partial<Effect>) => {
    const { written = 0, removed = 0 } = effects.get(table) ?? {};
    effects.set(table, { written: written + (effect.written ?? 0), removed: removed + (effect.removed ?? 0) });
  };
  await run("BEGIN");
  // What a killed process began may still be under way here.
  await run(TAKE_LOCK, [schema]).catch((error: unknown) => {
    throw isLockTaken(error) ? busy(schema) : error;
  });
  let wasMade = false;
  const names = new Set<string>();

  const session: Session = {
    async readState() {
      const { rows: schemas } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
      if (schemas.length === 0) {
        await run(sql.makeSchema);
        wasMade = true;
      }
      await run(sql.makeState);
      return readState(client, sql, exportId);
    },
    async prepare(shapes, known) {
      const found = await findTables(client, { schema, shapes, sql });
      const owners = await findOwners(client, sql, exportId);
      const notes: RunNote[] = wasMade ? [{ code: "schema.made", table: schema, column: null }] : [];
      const refill = new Set<string>();
      for (const shape of shapes) {
        if (owners.has(shape.name) && found.has(shape.name))
          throw new ExportRefused(
            "table.taken",
            `The table ${shape.name} in the schema ${schema} belongs to another export. Nothing was changed. Give this one a schema of its own, or drop that table.`,
          );
        const filled = known?.tables[shape.name];
        const past = { isOurs: filled !== undefined, filled: filled ?? [] };
        const plan = planTable(shape, found.get(shape.name), past);
        if (plan.kind === "refused") throw new ExportRefused(plan.fault.code, plan.fault.detail);
        if (plan.make) for (const statement of sql.makeTable(shape)) await run(statement);
        if (owners.has(shape.name)) await run(sql.disown, [exportId, shape.name]);
        for (const column of plan.add) await run(sql.addColumn(shape.name, column));
        if (plan.clear.length > 0) note(shape.name, { written: await run(sql.clearColumns(shape.name, plan.clear)) });
        if (plan.refill) refill.add(shape.name);
        notes.push(...plan.notes);
        names.add(shape.name);
      }
      return { notes, refill };
    },
    async remove({ stretches, contactIds }: Removal) {
      for (const table of ["contacts", "devices", "bindings"].filter((name) => names.has(name)))
        if (contactIds.length > 0) note(table, { removed: await run(sql.removeContacts(table), [contactIds]) });
      if (stretches.length === 0) return;
      const kinds = stretches.map(({ sourceKind }) => sourceKind);
      const ids = stretches.map(({ sourceId }) => sourceId);
      const from = stretches.map(({ validFrom }) => validFrom);
      const to = stretches.map(({ validTo }) => validTo);
      const removals = { devices: sql.removeDevices, bindings: sql.removeBindings, events: sql.removeEvents };
      for (const [table, statement] of Object.entries(removals))
        if (names.has(table)) note(table, { removed: await run(statement, [kinds, ids, from, to]) });
    },
    async load({ shape, extent, query, source }: Loading): Promise<Loaded> {
      await run(sql.makeStage(shape));
      const sink = client.query(copyFrom(sql.fillStage(shape)));
      const counted = countBytes();
      await pipeline(source.copy(query), counted.through, sink);
      note(shape.name, { written: await run(sql.merge(shape)) });
      // Events stay at the destination when they end here by age.
      if (extent.kind === "whole" && shape.name !== "events")
        note(shape.name, { removed: await run(sql.removeUnstaged(shape)) });
      return { rows: sink.rowCount ?? 0, bytes: counted.bytes() };
    },
    async finish({ snapshot, cluster, tables, comparedAt }) {
      await run(sql.writeState, [exportId, snapshot, cluster, JSON.stringify(tables), comparedAt]);
      await run("COMMIT");
      return effects;
    },
    close: () => client.end(),
  };
  return inWords(session);
}

/** Every step says what went wrong in words. */
function inWords(session: Session): Session {
  const guarded =
    <A extends unknown[], T>(step: (...values: A) => Promise<T>) =>
    (...values: A): Promise<T> =>
      step(...values).catch((error: unknown) => {
        throw postgresFault(error);
      });
  return {
    readState: guarded(session.readState),
    prepare: guarded(session.prepare),
    remove: guarded(session.remove),
    load: guarded(session.load),
    finish: guarded(session.finish),
    close: () => session.close().catch(() => undefined),
  };
}

function countBytes(): { readonly through: Transform; readonly bytes: () => number } {
  let bytes = 0;
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { through, bytes: () => bytes };
}

async function readState(client: pg.Client, sql: Statements, exportId: string): Promise<DestinationState | undefined> {
  const { rows } = await client.query<{
    snapshot: string;
    cluster: string;
    tables: Record<string, string[]>;
    comparedAt: string;
  }>(sql.readState, [exportId]);
  const [row] = rows;
  return row && { ...row, comparedAt: Number(row.comparedAt) };
}

async function findTables(
  client: pg.Client,
  { schema, shapes, sql }: { schema: string; shapes: readonly TableShape[]; sql: Statements },
): Promise<Map<string, FoundTable>> {
  const { rows } = await client.query<{ table: string; kind: string; column: string | null; type: string | null }>(
    FIND_COLUMNS,
    [schema, shapes.map(({ name }) => name)],
  );
  const tables = new Map<string, FoundTable>();
  for (const { name } of shapes) {
    const columns = rows.filter(({ table }) => table === name);
    const [first] = columns;
    if (first === undefined) continue;
    if (!["r", "p"].includes(first.kind))
      throw new ExportRefused(
        "table.foreign",
        `${name} is no table but something else. Nothing was changed. Rename it, or export to another schema.`,
      );
    const { rows: state } = await client.query<{ isEmpty: boolean }>(sql.isEmpty(name));
    tables.set(name, {
      columns: new Map(columns.map(({ column, type }) => [column ?? "", columnTypeOf(type ?? "")])),
      isEmpty: state[0]?.isEmpty ?? true,
    });
  }
  return tables;
}

/** Tables that other exports have made here. */
async function findOwners(client: pg.Client, sql: Statements, exportId: string): Promise<Set<string>> {
  const { rows } = await client.query<{ exportId: string; table: string }>(sql.readOwners);
  return new Set(rows.filter((row) => row.exportId !== exportId).map(({ table }) => table));
}
