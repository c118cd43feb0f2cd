import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, inject } from "vitest";
import { openDatabase, type Database } from "../../src/server/db/database.ts";

export interface TestDatabase extends Database {
  /** How another process or pool connects to the same database. */
  readonly connection: pg.ClientConfig;
  /** The same as a DATABASE_URL. */
  readonly url: string;
}

const opened: Database[] = [];
let made = 0;

/** A fresh database with the whole schema, closed by itself when the test file ends. Call it in a test or a hook. */
export async function testDatabase(): Promise<TestDatabase> {
  return openTestDatabase(inject("postgres").template);
}

/** A fresh database without any table. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return openTestDatabase("template1");
}

/**
 * Waits until every transaction that runs now anywhere in the cluster has ended. What was written before it is older than
 * any snapshot taken after it: databases of other tests share the numbers of transactions.
 */
export async function earlierTransactionsEnded({ pool }: Database): Promise<void> {
  const { rows } = await pool.query<{ own: string }>("SELECT pg_current_xact_id()::text AS own");
  const isOldest = "SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS ended";
  while (!(await pool.query<{ ended: boolean }>(isOldest, [rows[0]?.own])).rows[0]?.ended) await sleep(20);
}

async function openTestDatabase(template: string): Promise<TestDatabase> {
  const { host, port } = inject("postgres");
  const name = `test_${process.pid}_${(made += 1)}_${Date.now().toString(36)}`;
  const server = new pg.Client({ host, port, user: "postgres", database: "postgres" });
  await server.connect();
  await server.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  await server.end();
  const connection = { host, port, user: "postgres", database: name };
  const database = openDatabase({ ...connection, max: 8, application_name: "test" });
  opened.push(database);
  const url = `postgres://postgres@/${name}?host=${encodeURIComponent(host)}&port=${port}`;
  return { ...database, connection, url };
}

afterAll(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
});
