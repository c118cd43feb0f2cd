import type pg from "pg";
import type { Target } from "../target.ts";
import { connectToPostgres, type PostgresAccess } from "./connect.ts";
import { postgresFault } from "./faults.ts";
import { openPostgresSession, TRY_LOCK, type SessionSetting } from "./session.ts";

/** A PostgreSQL database of somebody else. */
export function postgresTarget(access: PostgresAccess, exportId: string): Target {
  const { schema } = access.place;
  return {
    form: "native",
    async tryOut() {
      const client = await connectToPostgres(access);
      try {
        const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version') AS version");
        await tryWriting(client, { exportId, schema });
        return `PostgreSQL ${rows[0]?.version ?? ""}`.trim();
      } catch (error) {
        throw postgresFault(error);
      } finally {
        await client.end().catch(() => undefined);
      }
    },
    async open() {
      const client = await connectToPostgres(access);
      try {
        return await openPostgresSession(client, { exportId, schema });
      } catch (error) {
        await client.end().catch(() => undefined);
        throw postgresFault(error);
      }
    },
  };
}

/** Makes what a run needs, and leaves nothing behind: it is never finished. */
async function tryWriting(client: pg.Client, setting: SessionSetting): Promise<void> {
  const { rows } = await client.query<{ isFree: boolean }>(TRY_LOCK, [setting.schema]);
  // A run that is writing there at this moment shows that it may.
  if (rows[0]?.isFree !== true) return;
  const session = await openPostgresSession(client, setting);
  await session.readState();
  await client.query("CREATE TEMPORARY TABLE backstory_stage () ON COMMIT DROP");
}
