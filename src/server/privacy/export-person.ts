import { Readable } from "node:stream";
import type pg from "pg";
import QueryStream from "pg-query-stream";
import type { ContactId } from "../../contract/identifiers.ts";
import type { Database } from "../db/database.ts";
import { openLongConnection } from "../db/long-connection.ts";
import type { Clock } from "../lib/clock.ts";
import { listSegmentsOf } from "../segments/index.ts";
import { PERSON_PARTS, type PersonPart } from "./person-store.ts";

export interface PersonExportDeps {
  readonly db: Database;
  readonly clock: Clock;
}

/**
 * Everything that is kept about a person as one JSON object, made while it is sent, all as it is at one moment. A file
 * that was cut off is no JSON, so half of it is never taken for the whole.
 */
export async function exportPerson(deps: PersonExportDeps, contactId: ContactId): Promise<Readable> {
  const client = await openLongConnection(deps.db, "export of a person");
  const file = Readable.from(partsOf(deps, client, contactId), { objectMode: false });
  // Also when whoever asked for it has gone away in the middle.
  file.once("close", () => void client.end().catch(() => undefined));
  return file;
}

async function* partsOf(deps: PersonExportDeps, client: pg.Client, contactId: ContactId): AsyncGenerator<string> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  // Times as UTC and whole, whatever the server's own habits are.
  await client.query("SET LOCAL TimeZone TO 'UTC'");
  yield `{\n"exportedAt": ${JSON.stringify(new Date(deps.clock()).toISOString())}`;
  for (const part of PERSON_PARTS) yield* textOf(client, part, contactId);
  // Whether somebody meets the conditions of a segment is kept nowhere: it is worked out.
  const segments = await listSegmentsOf(deps, contactId);
  const told = segments.map(({ name, kind, sentence }) => ({ name, kind, sentence }));
  yield `,\n"segments": ${JSON.stringify(told)}\n}\n`;
}

async function* textOf(client: pg.Client, { name, one, query }: PersonPart, contactId: ContactId) {
  const text = `SELECT entry::text FROM (${query}) part`;
  yield `,\n${JSON.stringify(name)}: ${one === true ? "" : "["}`;
  let separator = "\n";
  for await (const [entry] of client.query(
    new QueryStream(text, [contactId], { rowMode: "array", batchSize: 500 }),
  ) as AsyncIterable<readonly [string]>) {
    yield one === true ? entry : separator + entry;
    separator = ",\n";
  }
  if (one !== true) yield "]";
}
