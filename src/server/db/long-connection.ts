import pg from "pg";
import type { Database } from "./database.ts";

/** A connection of its own for work that takes long: without the limits that statements of a request have. */
export async function openLongConnection(db: Database, purpose: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...db.pool.options,
    statement_timeout: 0,
    query_timeout: 0,
    idle_in_transaction_session_timeout: 0,
    application_name: `backstory ${purpose}`,
  });
  // A connection that breaks makes the statement in flight reject; without a listener Node would end the process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
