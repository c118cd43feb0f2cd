import type { Target } from "../target.ts";
import { connectToPostgres, type PostgresAccess } from "./connect.ts";
import { postgresFault } from "./faults.ts";
import { openPostgresSession } from "./session.ts";

/** A PostgreSQL database of somebody else. */
export function postgresTarget(access: PostgresAccess, exportId: string): Target {
  const { schema } = access.place;
  return {
    form: "native",
    async tryOut() {
      const client = await connectToPostgres(access);
      try {
        const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version') AS version");
        const session = await openPostgresSession(client, { exportId, schema });
        // Makes what it needs, and leaves nothing behind: it is never finished.
        await session.readState();
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
