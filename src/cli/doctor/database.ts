import type { Database } from "../../server/db/database.ts";
import { checksumOf, listApplied, readMigrations } from "../../server/db/migrate.ts";
import type { Finding } from "./finding.ts";

const SETTINGS = `
  SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
         current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
         current_setting('full_page_writes') AS pages,
         (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS used,
         current_setting('max_connections')::int AS connections,
         pg_size_pretty(pg_database_size(current_database())) AS size`;

interface Settings {
  readonly version: string;
  readonly number: number;
  readonly fsync: string;
  readonly commit: string;
  readonly pages: string;
  readonly used: number;
  readonly connections: number;
  readonly size: string;
}

export async function lookAtSettings(db: Database): Promise<Finding[]> {
  const [settings] = await db.query<Settings>(SETTINGS);
  if (settings === undefined) throw new Error("The database answered nothing.");
  const { version, fsync, commit, pages, used, connections, size } = settings;
  const durable = fsync === "on" && pages === "on";
  return [
    { name: "database", state: "ok", says: `PostgreSQL ${version}, ${size}` },
    durable && commit !== "off"
      ? { name: "durability", state: "ok", says: "What is acknowledged is on disk" }
      : {
          name: "durability",
          state: durable ? "warn" : "fail",
          says: `fsync=${fsync}, full_page_writes=${pages}, synchronous_commit=${commit}: a power cut loses events`,
          advice: "Set all three to on in postgresql.conf and restart PostgreSQL.",
        },
    used < connections * 0.8
      ? { name: "connections", state: "ok", says: `${used} of ${connections} in use` }
      : {
          name: "connections",
          state: "warn",
          says: `${used} of ${connections} in use`,
          advice: "Raise max_connections, or run fewer processes.",
        },
  ];
}

export async function lookAtSchema(db: Database): Promise<Finding> {
  const [applied, known] = await Promise.all([listApplied(db), readMigrations()]);
  const sums = new Map(known.map((migration) => [migration.name, checksumOf(migration)]));
  const strange = applied.filter(({ name, checksum }) => sums.get(name) !== checksum);
  const [first] = strange;
  if (first !== undefined)
    return {
      name: "schema",
      state: "fail",
      says: `The database was migrated by another version (${first.name})`,
      advice: "Start that version, or restore a backup that was made before it.",
    };
  const missing = known.length - applied.length;
  return missing === 0
    ? { name: "schema", state: "ok", says: `Up to date, ${applied.length} migrations` }
    : {
        name: "schema",
        state: "warn",
        says: `${missing} migrations are not applied yet`,
        advice: "Start the server, or run `backstory migrate`.",
      };
}

const QUEUES = `
  SELECT (SELECT count(*) FROM mail_outbox WHERE dead_at IS NOT NULL) AS dead,
         (SELECT extract(epoch FROM now() - min(queued_at)) FROM mail_outbox WHERE dead_at IS NULL)::float8 AS mail_age,
         (SELECT extract(epoch FROM now() - min(received_at)) FROM identity_message
          WHERE carried_out_at IS NULL)::float8 AS inbox_age,
         (SELECT count(*) FROM event_default) AS misplaced,
         (SELECT count(*) FROM rejected WHERE received_at > now() - interval '1 day') AS rejected`;

interface Queues {
  readonly dead: number;
  readonly mailAge: number | null;
  readonly inboxAge: number | null;
  readonly misplaced: number;
  readonly rejected: number;
}

const MINUTES = 60;
const OLD = 10 * MINUTES;

/** Work that waits longer than it should. */
export async function lookAtQueues(db: Database): Promise<Finding[]> {
  const [queues] = await db.query<Queues>(QUEUES);
  if (queues === undefined) throw new Error("The database answered nothing.");
  const { dead, mailAge, inboxAge, misplaced, rejected } = queues;
  const minutes = (seconds: number | null): number => Math.round((seconds ?? 0) / MINUTES);
  const judged = (name: string, good: boolean, rest: Pick<Finding, "says" | "advice">): Finding =>
    good ? { name, state: "ok", says: rest.says } : { name, state: "warn", ...rest };
  return [
    judged("waiting mail", dead === 0 && (mailAge ?? 0) < OLD, {
      says: `${dead} letters were given up; the oldest that waits is ${minutes(mailAge)} minutes old`,
      advice: "Look at the mail check below; letters that were given up stand in mail_outbox.last_error.",
    }),
    judged("waiting sign-ups", (inboxAge ?? 0) < OLD, {
      says: `The oldest word about a person waits for ${minutes(inboxAge)} minutes`,
      advice: "Is the server running? Its log says why a message is not carried out.",
    }),
    judged("odd clocks", misplaced < 100_000, {
      says: `${misplaced} events carry a time outside the months at hand`,
      advice: "Clients with wrong clocks. Nothing is lost, but deleting old months is slower.",
    }),
    judged("rejected messages", rejected < 1_000, {
      says: `${rejected} messages were rejected in the last day`,
      advice: "The admin shows them with their reasons.",
    }),
  ];
}
