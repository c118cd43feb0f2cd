import { ExportRefused } from "../../fault.ts";

const SENTENCES: Readonly<Record<string, string>> = {
  "28P01": "The database refused the user or the password. Check both.",
  "28000": "The database lets this user in from here by no means. Look into its pg_hba.conf, and whether it wants TLS.",
  "3D000": "There is no database of this name on the server. Create it, or correct the name.",
  "42501":
    "The user may not do this at the destination. Grant it CONNECT, TEMPORARY on the database and CREATE, USAGE on the schema; to make a schema that is not there yet it needs CREATE on the database.",
  "25006": "The destination takes no writes; it is probably a replica. Export to the primary server.",
  "53100": "The disk of the destination is full. Make room; the export goes on by itself.",
  "53300": "The destination has no connection left. It is tried again by itself.",
  "55P03": "Somebody holds a lock on the destination's tables. It is tried again by itself.",
  "22P05": "The destination's encoding has no place for some characters. Export to a database with the encoding UTF8.",
  "22021": "The destination's encoding has no place for some characters. Export to a database with the encoding UTF8.",
  "42P10": "A table of the destination has lost its primary key. Drop that table; it is made anew.",
  "42939": "A schema's name cannot begin with pg_. Export to a schema of another name.",
  "42P07": "Something at the destination has the name of a table that is needed, for example a type. Rename it there.",
  "53200": "The destination has no memory left. It is tried again by itself; give it more if it stays.",
  "54001": "Properties of an event are nested deeper than the destination takes. Raise its max_stack_depth.",
  "57P01": "The destination was stopped in the middle. It is tried again by itself.",
  "57P02": "The destination broke down in the middle. It is tried again by itself.",
  "57P03": "The destination is starting or stopping. It is tried again by itself.",
  "57014": "Somebody or a time limit at the destination stopped the export's statement. It is tried again by itself.",
  "58030": "The destination cannot read or write its disk. Look into its log; the export goes on by itself.",
  ECONNREFUSED: "Nothing answers at this host and port. Check both, and whether the server is running.",
  ECONNRESET: "The destination broke the connection off. It is tried again by itself.",
  EHOSTUNREACH: "No way leads to this host. Check the address and the firewall.",
  ENETUNREACH: "No way leads to this host. Check the address and the firewall.",
  ETIMEDOUT: "The destination does not answer. Check the address and the firewall.",
  ENOENT: "There is no socket of PostgreSQL in this folder. Check the folder and the port.",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "The certificate of the server is for another name than this host. Use the name the certificate is for.",
  CERT_NOT_YET_VALID: "The certificate of the server is valid only later. Check the clocks of both machines.",
  CERT_HAS_EXPIRED: "The certificate of the server has expired. Renew it there.",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "The certificate of the server is signed by nobody known. Paste the certificate of its authority.",
  SELF_SIGNED_CERT_IN_CHAIN:
    "The certificate of the server is signed by nobody known. Paste the certificate of its authority.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "The certificate of the server is signed by nobody known. Paste the certificate of its authority.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "The certificate of the server is signed by nobody known. Paste the certificate of its authority.",
};

/** The same of somebody who was not let in yet. */
export function connectingFault(error: unknown): unknown {
  const said = error instanceof Error ? error.message : "";
  if (said === "timeout expired")
    return new ExportRefused(
      "not-answering",
      "The destination does not answer. Check the host, the port and the firewall.",
    );
  if (/client password must be/.test(said))
    return new ExportRefused("password.missing", "The database asks for a password. Enter that of the user.");
  if (/^Connection terminated|error establishing an SSL connection/.test(said))
    return new ExportRefused(
      "no-postgres",
      "What answers at this host and port does not speak as PostgreSQL does. Check the port.",
    );
  return postgresFault(error);
}

interface Place {
  readonly table: string;
  readonly column: string;
  readonly constraint: string;
}

/** Rules that somebody made for our tables. The place is named, the row is not. */
const RULES: Readonly<Record<string, (at: Place) => string>> = {
  "23502": ({ table, column }) =>
    `The column ${column} of the table ${table} must not be empty there, and some rows have nothing in it. Drop NOT NULL from it; a column of your own may have a default instead.`,
  "23503": ({ table, constraint }) =>
    `The foreign key ${constraint} of the table ${table} keeps rows from going that are gone here. Drop it, or let it cascade.`,
  "23505": ({ table, constraint }) =>
    `The unique index ${constraint} of the table ${table} does not take rows that are different here. Drop that index.`,
  "23514": ({ table, constraint }) =>
    `The check ${constraint} of the table ${table} does not take some rows. Drop that check.`,
  "23P01": ({ table, constraint }) =>
    `The constraint ${constraint} of the table ${table} does not take some rows. Drop it.`,
  P0001: () =>
    "A trigger on the destination's tables does not take some rows. Drop or mend it; its words are in the destination's log.",
};

/** Classes of faults whose words repeat values: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const TELLS_VALUES = /^(?:21|22|23|P0)/;

/** What PostgreSQL or the network says, in words for whoever set the export up. Values of rows are never repeated. */
export function postgresFault(error: unknown): unknown {
  if (error instanceof ExportRefused || !(error instanceof Error)) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const known = code === undefined ? undefined : (RULES[code]?.(placeOf(error)) ?? SENTENCES[code]);
  if (code !== undefined && known !== undefined) return new ExportRefused(code, known);
  if (/does not support SSL/.test(error.message))
    return new ExportRefused(
      "tls.missing",
      "The server speaks no TLS. Switch it on there; over a network that only you use, TLS can be switched off here.",
    );
  if (/Connection terminated|timeout expired|Client has encountered/.test(error.message))
    return new ExportRefused(
      "disconnected",
      "The connection to the destination broke off. It is tried again by itself.",
    );
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) return error;
  if (TELLS_VALUES.test(code))
    return new ExportRefused(
      code,
      `The destination does not take some rows (${code}). Its log has the cause; look for triggers and rules on its tables.`,
    );
  return new ExportRefused(code, `The destination says: ${error.message.replace(/\.?$/, ".")}`);
}

function placeOf(error: Error): Place {
  const { table, column, constraint } = error as Partial<Place>;
  return { table: table ?? "?", column: column ?? "?", constraint: constraint ?? "?" };
}
