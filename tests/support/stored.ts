import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { expect } from "vitest";
import type { Ledger } from "./traffic.ts";

/** How the database of a server on this folder is reached, whoever started it. */
export async function reachDatabase(dataDir: string, user: "backstory" | "postgres" = "backstory"): Promise<pg.Client> {
  const host = (await pidFile(dataDir))[4]?.trim() ?? "";
  const client = new pg.Client({ host, user, database: "backstory" });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

export async function postmasterPid(dataDir: string): Promise<number> {
  return Number((await pidFile(dataDir))[0]);
}

async function pidFile(dataDir: string): Promise<string[]> {
  return (await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8")).split("\n");
}

export interface Comparison {
  readonly acknowledged: number;
  /** Batches that were acknowledged and are not all there. */
  readonly missing: number;
  /** Batches of which some events are there and some are not. */
  readonly halves: number;
  /** Events that are there more than once. */
  readonly twice: number;
}

/** What clients wrote down against what the database of a server on this folder holds. */
export async function compare(dataDir: string, ledgers: readonly Ledger[]): Promise<Comparison> {
  const client = await reachDatabase(dataDir);
  try {
    return await compareIn(client, ledgers);
  } finally {
    await client.end();
  }
}

async function compareIn(
  client: Pick<pg.ClientBase, "query">,
  ledgers: readonly Pick<Ledger, "batches">[],
): Promise<Comparison> {
  const batches = ledgers.flatMap((ledger) => ledger.batches);
  const { rows } = await client.query<{ id: string; count: string }>(
    "SELECT event_id AS id, count(*) FROM event WHERE event_id = ANY ($1) GROUP BY 1",
    [batches.flatMap(({ ids }) => ids)],
  );
  const stored = new Map(rows.map(({ id, count }) => [id, Number(count)]));
  const acknowledged = batches.filter((batch) => batch.acknowledged);
  return {
    acknowledged: acknowledged.length,
    missing: acknowledged.filter(({ ids }) => ids.some((id) => !stored.has(id))).length,
    halves: batches.filter(({ ids }) => new Set(ids.map((id) => stored.get(id) ?? 0)).size > 1).length,
    twice: [...stored.values()].filter((count) => count > 1).length,
  };
}

/** Everything acknowledged is there, once and whole. Prints the numbers. */
export async function expectStored(what: string, dataDir: string, ledgers: readonly Ledger[]): Promise<void> {
  judge(what, await compare(dataDir, ledgers));
}

/** The same in a database that is no server's own. */
export async function expectStoredIn(
  what: string,
  database: Pick<pg.Pool, "query">,
  ledgers: readonly Pick<Ledger, "batches">[],
): Promise<void> {
  judge(what, await compareIn(database, ledgers));
}

function judge(what: string, found: Comparison): void {
  console.log(
    `${what}: ${found.acknowledged} batches acknowledged, ${found.missing} missing, ${found.twice} events doubled`,
  );
  expect(found).toMatchObject({ missing: 0, halves: 0, twice: 0 });
}
