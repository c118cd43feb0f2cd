import { X509Certificate } from "node:crypto";
import pg from "pg";
import type { PostgresPlace } from "../../../../contract/exports.ts";
import { findAddress, type Reach } from "../../../lib/outside-address.ts";
import { ExportRefused } from "../../fault.ts";
import { connectingFault } from "./faults.ts";

export interface PostgresAccess {
  readonly place: PostgresPlace;
  readonly password: string;
  readonly reach: Reach;
}

const PATIENCE = 15_000;

/** Connects to the very address that was judged; the certificate is checked against the name. */
export async function connectToPostgres({ place, password, reach }: PostgresAccess): Promise<pg.Client> {
  checkNames(place);
  const host = await hostOf(place.host, reach);
  const client = new pg.Client({
    host,
    port: place.port,
    database: place.database,
    user: place.user,
    password,
    ssl: place.tls === "off" ? false : tlsOf(place),
    application_name: "backstory export",
    connectionTimeoutMillis: PATIENCE,
    // A server that went away without a word is noticed within minutes, and not after two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    options: "-c client_encoding=UTF8 -c TimeZone=UTC -c statement_timeout=0 -c lock_timeout=60s",
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw connectingFault(error);
  }
  return client;
}

function tlsOf({ host, authority }: PostgresPlace) {
  return { rejectUnauthorized: true, servername: host, ...(authority !== null && { ca: authority }) };
}

/** PostgreSQL cuts off what is longer, and would not find again what it made. */
const LONGEST_NAME = 63;

function checkNames({ schema, authority }: PostgresPlace): void {
  const bytes = Buffer.byteLength(schema);
  if (bytes > LONGEST_NAME)
    throw new ExportRefused(
      "schema.long",
      `A schema's name has at most ${LONGEST_NAME} bytes, and this one has ${bytes} bytes. Choose a shorter one.`,
    );
  if (authority !== null && !isCertificate(authority))
    throw new ExportRefused(
      "authority.invalid",
      "What was given as the authority's certificate cannot be read. Paste the whole PEM file, from BEGIN CERTIFICATE to END CERTIFICATE.",
    );
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).fingerprint256 !== "";
  } catch {
    return false;
  }
}

async function hostOf(host: string, reach: Reach): Promise<string> {
  // The folder of a Unix socket: this very machine.
  if (host.startsWith("/") && reach === "private-too") return host;
  const found = host.startsWith("/") ? ({ kind: "forbidden", always: false } as const) : await findAddress(host, reach);
  switch (found.kind) {
    case "found":
      return found.address;
    case "unknown":
      throw new ExportRefused("host.unknown", `There is no host ${host}. Check the name.`);
    case "forbidden":
      throw found.always
        ? new ExportRefused("host.forbidden", `${host} is no address that a database can have. Check the name.`)
        : new ExportRefused(
            "host.private",
            `${host} lies in this installation's own network. If it is meant, start the server with EXPORT_TO_PRIVATE_NETWORK=yes.`,
          );
  }
}
