import pg from "pg";
import { openDatabase, type Database, type Transaction } from "./database.ts";

const NO_LIMITS = { statement_timeout: 0, query_timeout: 0, idle_in_transaction_session_timeout: 0 };

/** A connection of its own for work that takes long: without the limits that statements of a request have. */
export async function openLongConnection(db: Database, purpose: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...db.pool.options,
    ...NO_LIMITS,
    application_name: `backstory ${purpose}`,
  });
  // A connection that breaks makes the statement in flight reject; without a listener Node would end the process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** One transaction on such a connection. */
export async function longTransaction<T>(
  db: Database,
  purpose: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const application_name = `backstory ${purpose}`;
  const own = openDatabase({ ...db.pool.options, ...NO_LIMITS, max: 1, application_name });
  try {
    return await own.transaction(work);
  } finally {
    await own.close();
  }
}
