// Copies of all tables in a second PostgreSQL, and downloads of all contacts: npx tsx bench/export.ts [contacts] [events]
import type { ExportTable } from "../src/contract/exports.ts";
import type { Database } from "../src/server/db/database.ts";
import { createExports } from "../src/server/exports/index.ts";
import { selectRows } from "../src/server/exports/source-store.ts";
import { shapesOf } from "../src/server/exports/tables.ts";
import { createLog } from "../src/server/lib/log.ts";
import { databaseCpuSeconds, withDatabase } from "./database.ts";
import { nextMessage, startChild } from "./support/child.ts";
import { SECRET_KEY, type ExportJob, type ExportJobReport } from "./support/export-child.ts";
import { fill, fillOthers } from "./support/segments-data.ts";

const CONTACTS = Number(process.argv[2] ?? 1_000_000);
const EVENTS = Number(process.argv[3] ?? 1_000_000);
const TABLES: readonly ExportTable[] = [
  "contacts",
  "devices",
  "bindings",
  "events",
  "segments_members",
  "identity_changes",
];
const SHAPES = shapesOf({ tables: TABLES, externalId: true, fields: [] });

await withDatabase((db) => withDatabase((warehouse) => measureAll(db, warehouse), 2), 4);

async function measureAll(db: Database, warehouse: Database): Promise<void> {
  await fill(db, { contacts: CONTACTS, events: EVENTS });
  await fillOthers(db, CONTACTS);
  console.log(`${CONTACTS} contacts, ${EVENTS} events`);
  const { host, port, user, database } = warehouse.pool.options;
  const place = { kind: "postgresql", host: host ?? "", port: port ?? 5432, database: database ?? "" } as const;
  const log = createLog("silent");
  const exports = createExports({ db, clock: Date.now, log, secretKey: SECRET_KEY, exportReach: "private-too" });
  const exportId = await exports.create({
    name: "Warehouse",
    place: { ...place, user: user ?? "", schema: "copies", tls: "off", authority: null },
    secret: "not asked for here",
    tables: [...TABLES],
    intervalMinutes: 60,
  });
  const both = { db, warehouse };
  const run = { kind: "run", exportId } as const;

  await tell(both, "floor: COPY of the same rows through a pipe", await pipeInto(warehouse));
  await tell(both, "first run", run);
  await tell(both, "the next, nothing changed", run);
  await exports.ask(exportId, true);
  await tell(both, "all rows compared, nothing changed", run);
  await changeOneInAHundred(db);
  await tell(both, "one in a hundred changed", run);
  await tell(both, "download, CSV", { kind: "download", format: "csv" });
  await tell(both, "download, NDJSON", { kind: "download", format: "ndjson" });
}

/** The rows that an export sends, into tables without keys or indexes. */
async function pipeInto(warehouse: Database): Promise<ExportJob> {
  await warehouse.query("CREATE SCHEMA floor");
  const tables = [];
  for (const shape of SHAPES) {
    const types = {
      bigint: "bigint",
      integer: "int",
      boolean: "boolean",
      double: "float8",
      date: "date",
      json: "jsonb",
    };
    const typeOf = (type: string) =>
      types[type as keyof typeof types] ?? (type === "timestamp" ? "timestamptz" : "text");
    const into = `floor.${shape.name}`;
    await warehouse.query(
      `CREATE TABLE ${into} (${shape.columns.map(({ name, type }) => `"${name}" ${typeOf(type)}`).join(", ")})`,
    );
    const query = selectRows(shape, { exportId: "", extent: { kind: "whole" }, fields: [], form: "native" });
    // The export fills this table of its own connection; without dynamic segments it is empty.
    tables.push({
      query: query.replace("dynamic_member", "(SELECT NULL::int AS segment_id, NULL::bigint AS contact_id LIMIT 0)"),
      into,
    });
  }
  return { kind: "pipe", to: { ...warehouse.pool.options }, tables };
}

async function changeOneInAHundred(db: Database): Promise<void> {
  await db.query("UPDATE contact SET town = 'Odesa', updated_at = now() WHERE contact_id % 100 = 0");
  await db.query("UPDATE device SET app_version = '2.0' WHERE device_id LIKE '%00'");
  await db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
     SELECT gen_random_uuid(), 1, 'visitor', 'visitor-' || n, 'page', now(), now(), 'browser' FROM generate_series(1, $1::int) n`,
    [Math.ceil(EVENTS / 100)],
  );
}

interface Both {
  readonly db: Database;
  readonly warehouse: Database;
}

async function tell({ db, warehouse }: Both, name: string, job: ExportJob): Promise<void> {
  const used = async () => (await databaseCpuSeconds(db)) + (await databaseCpuSeconds(warehouse));
  const before = await used();
  const child = await startChild("export-child.ts", { connection: { ...db.pool.options }, job });
  const report = await nextMessage<ExportJobReport>(child);
  const { seconds, processor, megabytes, rows } = report;
  const [read, written, removed] = rows;
  const databases = (await used()) - before;
  console.log(
    `${name}: ${seconds.toFixed(1)} s, ${Math.round(read / seconds).toLocaleString("en")} rows/s, ` +
      `node ${processor.toFixed(1)} + databases ${databases.toFixed(1)} CPU s, peak ${megabytes.toFixed(0)} MB · ` +
      `read ${read}, written ${written}, removed ${removed}`,
  );
}
