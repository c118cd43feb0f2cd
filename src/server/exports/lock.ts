import type pg from "pg";

/** Any number that nobody else uses for advisory locks of two. */
const EXPORT_LOCKS = 60_060;

/** Of all processes one runs an export at a time. The lock ends with the connection, however the process ends. */
export async function tryLock(client: pg.ClientBase, exportId: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1, hashtext($2)) AS locked", [
    EXPORT_LOCKS,
    exportId,
  ]);
  return rows[0]?.locked === true;
}

/** Whether a process is running it right now. */
export const IS_LOCKED = `
  EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND database =
    (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = ${EXPORT_LOCKS} AND objid = (hashtext($1::text)::bigint & 4294967295)::text::oid)`;
