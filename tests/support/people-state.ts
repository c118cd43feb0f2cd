import type pg from "pg";

// Everything that a database says about people, so that two installations with the same past can be compared: numbers
// that are given out as things come, and moments, say nothing and are left out.

/** Tables that are about the installation, or that hold nothing once all is done. */
const ASIDE = ["admin_session", "admin_user", "api_key", "clock_watch", "schema_migration"];

/** How fast it went is no matter of what became of it. */
const SPEED = "rows_per_second";

/** Columns that name a contact by its number. */
const CONTACT = /^(?:contact_id|other_contact_id|merged_into|winner_id|loser_id|lower_id|higher_id)$/;

/** Several in one column. */
const CONTACTS = /^(?:contact_ids|changed_ids)$/;

/** The same within values that are JSON. */
const IN_JSON = /^(?:by|contact)$/;

/** What a single request is called; an import is called by its number. */
const REQUEST = /^[0-9a-f-]{36}$/;

interface Column {
  readonly name: string;
  readonly isNumber: boolean;
  readonly isMoment: boolean;
}

type Row = Readonly<Record<string, unknown>>;

/** For each table its rows as text, in an order of their own. */
export async function stateOfPeople(client: pg.Client): Promise<Record<string, string[]>> {
  const names = await nameContacts(client);
  const state: Record<string, string[]> = {};
  for (const [table, columns] of await listTables(client)) {
    const { rows } = await client.query<{ row: Row }>(`SELECT to_jsonb(t) AS row FROM ${table} t`);
    state[table] = rows.map(({ row }) => JSON.stringify(told(row, columns, names))).sort();
  }
  return state;
}

/** Contacts are called by what they hold: their numbers depend on what was tried and given up before. */
async function nameContacts(client: pg.Client): Promise<ReadonlyMap<unknown, string>> {
  const { rows } = await client.query<{ id: number; name: string }>(
    `SELECT contact_id::float8 AS id, concat_ws(' ', coalesce(external_customer_id, '-'), (
       SELECT string_agg(value, ' ' ORDER BY value) FROM channel WHERE channel.contact_id = contact.contact_id)) AS name
     FROM contact`,
  );
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  if (new Set(names.values()).size !== names.size) throw new Error("Two contacts hold the same.");
  return names;
}

async function listTables(client: pg.Client): Promise<ReadonlyMap<string, readonly Column[]>> {
  const { rows } = await client.query<Column & { table: string }>(
    `SELECT c.relname AS table, a.attname AS name, a.attidentity <> '' AS "isNumber",
       a.atttypid = 'timestamptz'::regtype AS "isMoment"
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> ALL ($1) ORDER BY c.relname, a.attnum`,
    [ASIDE],
  );
  const tables = new Map<string, Column[]>();
  for (const { table, ...column } of rows) tables.set(table, [...(tables.get(table) ?? []), column]);
  return tables;
}

function told(row: Row, columns: readonly Column[], names: ReadonlyMap<unknown, string>): Row {
  const kept = columns.flatMap(({ name, isNumber, isMoment }) => {
    const value = row[name];
    if (CONTACT.test(name)) return [[name, value === null ? null : (names.get(value) ?? "nobody")]];
    if (CONTACTS.test(name) && Array.isArray(value))
      return [[name, value.map((one) => names.get(one) ?? "nobody").sort()]];
    if (isNumber || name === SPEED) return [];
    if (name === "request_id") return [[name, REQUEST.test(String(value)) ? "a request" : value]];
    return [[name, isMoment ? (value === null ? null : "then") : plain(value, names)]];
  });
  return Object.fromEntries(kept) as Row;
}

const MOMENT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;

/** Values that are JSON: without moments, and with contacts by their names. */
function plain(value: unknown, names: ReadonlyMap<unknown, string>): unknown {
  if (typeof value === "string") return MOMENT.test(value) ? "then" : value;
  if (typeof value === "number") return value > 1e12 ? "then" : value;
  if (Array.isArray(value)) return value.map((one) => plain(one, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, IN_JSON.test(key) ? names.get(inner) : plain(inner, names)]),
  );
}
