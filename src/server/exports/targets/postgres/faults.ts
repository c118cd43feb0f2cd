import { ExportRefused } from "../../fault.ts";

const SENTENCES: Readonly<Record<string, string>> = {
  "28P01": "The database refused the user or the password. Check both.",
  "28000": "The database lets this user in from here by no means. Look into its pg_hba.conf, and whether it wants TLS.",
  "3D000": "There is no database of this name on the server. Create it, or correct the name.",
  "42501":
    "The user may not do this at the destination. Grant it CONNECT, TEMPORARY on the database and CREATE, USAGE on the schema.",
  "25006": "The destination takes no writes; it is probably a replica. Export to the primary server.",
  "53100": "The disk of the destination is full. Make room; the export goes on by itself.",
  "53300": "The destination has no connection left. It is tried again by itself.",
  "55P03": "Somebody holds a lock on the destination's tables. It is tried again by itself.",
  "22P05": "The destination's encoding has no place for some characters. Export to a database with the encoding UTF8.",
  "22021": "The destination's encoding has no place for some characters. Export to a database with the encoding UTF8.",
  "42P10": "A table of the destination has lost its primary key. Drop that table; it is made anew.",
  "23502":
    "A table of the destination has a column of somebody else that must not be empty. Give that column a default.",
  ECONNREFUSED: "Nothing answers at this host and port. Check both, and whether the server is running.",
  ECONNRESET: "The destination broke the connection off. It is tried again by itself.",
  EHOSTUNREACH: "No way leads to this host. Check the address and the firewall.",
  ENETUNREACH: "No way leads to this host. Check the address and the firewall.",
  ETIMEDOUT: "The destination does not answer. Check the address and the firewall.",
  ENOENT: "There is no socket of PostgreSQL in this folder. Check the folder and the port.",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "The certificate of the server is for another name than this host. Use the name the certificate is for.",
  CERT_HAS_EXPIRED: "The certificate of the server has expired. Renew it there.",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "The certificate of the server is signed by nobody known. Paste the certificate of its authority.",
  SELF_SIGNED_CERT_IN_CHAIN:
    "The certificate of the server is signed by nobody known. Paste the certificate of its authority.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "The certificate of the server is signed by nobody known. Paste the certificate of its authority.",
};

/** What PostgreSQL or the network says, in words for whoever set the export up. Values of rows are never repeated. */
export function postgresFault(error: unknown): unknown {
  if (error instanceof ExportRefused || !(error instanceof Error)) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const known = code === undefined ? undefined : SENTENCES[code];
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
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code))
    return new ExportRefused(code, `The destination says: ${error.message.replace(/\.?$/, ".")}`);
  return error;
}
