import pg from "pg";
import type { Log } from "../lib/log.ts";
import { StartRefused } from "../lib/start-refused.ts";

const OLDEST = 150_000;

/** Looks at the server that DATABASE_URL names before anything is done with it. */
export async function checkExternalDatabase(databaseUrl: string, log: Log): Promise<pg.ClientConfig> {
  const connection = { connectionString: databaseUrl };
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000, application_name: "backstory start" });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new StartRefused(`The database at ${placeOf(databaseUrl)} cannot be reached: ${reasonOf(error)}.`);
  }
  try {
    const { rows } = await client.query<ServerSettings>(
      `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name,
              current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`,
    );
    const [settings] = rows;
    if (settings !== undefined) judge(settings, log);
  } finally {
    await client.end();
  }
  return connection;
}

interface ServerSettings {
  readonly version: number;
  readonly name: string;
  readonly fsync: string;
  readonly commit: string;
}

function judge({ version, name, fsync, commit }: ServerSettings, log: Log): void {
  if (version < OLDEST)
    throw new StartRefused(`The database is PostgreSQL ${name}, but Backstory needs 15 or later. Upgrade it.`);
  if (fsync === "off")
    throw new StartRefused(
      "The database runs with fsync=off, so a power cut would destroy everything in it. Set fsync=on in postgresql.conf and restart it.",
    );
  if (commit === "off")
    log.warn(
      {},
      "The database runs with synchronous_commit=off: a crash can lose the events that were acknowledged last. Set it to on.",
    );
}

/** Without user and password. */
function placeOf(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return "DATABASE_URL";
  const url = new URL(databaseUrl);
  return `${url.searchParams.get("host") ?? url.host}${url.pathname}`;
}

/** Node gathers the failures of all addresses of a name in one error that has no words of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
}
