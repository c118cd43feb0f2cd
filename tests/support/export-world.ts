import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import type { ExportTable, NewExport } from "../../src/contract/exports.ts";
import type { Database } from "../../src/server/db/database.ts";
import { createExports, type Exports, type RunOutcome } from "../../src/server/exports/index.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { emptyDatabase, type TestDatabase } from "./postgres.ts";

export const EXPORT_SECRET_KEY = "a secret of at least thirty-two characters";

export const ALL_TABLES: readonly ExportTable[] = [
  "contacts",
  "devices",
  "bindings",
  "events",
  "segments_members",
  "identity_changes",
];

export type Row = Readonly<Record<string, unknown>>;

export interface ExportWorld {
  readonly exports: Exports;
  /** A second real PostgreSQL database, to export to. */
  readonly warehouse: TestDatabase;
  /** Moves the clock on. */
  wait(milliseconds: number): void;
  /** How a new export to the warehouse is ordered. */
  order(more?: Partial<NewExport>): NewExport;
  /** Runs it and expects it to get through. */
  run(exportId: string): Promise<Extract<RunOutcome, { kind: "finished" }>>;
  /** Rows as the warehouse has them, every value as text. */
  rows(table: string): Promise<Row[]>;
}

export async function exportWorld(db: Database): Promise<ExportWorld> {
  const warehouse = await emptyDatabase();
  let moved = 0;
  const exports = createExports({
    db,
    clock: () => Date.now() + moved,
    log: createLog("silent"),
    secretKey: EXPORT_SECRET_KEY,
    exportReach: "private-too",
    backOff: () => Promise.resolve(),
  });
  const { host, port } = inject("postgres");
  return {
    exports,
    warehouse,
    wait: (milliseconds) => void (moved += milliseconds),
    order: (more = {}) => ({
      name: "Warehouse",
      tables: [...ALL_TABLES],
      intervalMinutes: 60,
      secret: "not asked for here",
      place: {
        kind: "postgresql",
        host,
        port,
        database: String(warehouse.connection.database),
        user: "postgres",
        schema: "public",
        tls: "off",
        authority: null,
      },
      ...more,
    }),
    async run(exportId) {
      const outcome = await exports.run(exportId);
      if (outcome.kind !== "finished") throw new Error(`The export did not get through: ${JSON.stringify(outcome)}`);
      return outcome;
    },
    async rows(table) {
      const { rows } = await warehouse.pool.query<{ row: Row }>(
        `SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY t::text COLLATE "C"`,
      );
      return rows.map(({ row }) => row);
    },
  };
}

/** One run in a process of its own, which can be killed. */
export function exportingProcess({ connection }: TestDatabase, exportId: string): ChildProcess {
  const program = fileURLToPath(new URL("export-once.ts", import.meta.url));
  const settings = JSON.stringify({ connection, exportId, secretKey: EXPORT_SECRET_KEY });
  return spawn(process.execPath, ["--import", "tsx", program, settings], { stdio: "ignore" });
}
