import type { ImportFormat, ImportSettings } from "../../src/contract/imports.ts";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { importFile, type FileImported, type ImportView } from "../../src/server/imports/index.ts";
import type { Services } from "../../src/server/services.ts";
import { eventually } from "../support/eventually.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

export interface ImportWorld {
  readonly db: TestDatabase;
  readonly services: Services;
  /** A whole import of a text or of bytes. */
  bring(file: string | Uint8Array, how?: Bringing): Promise<FileImported>;
  /** Live contacts by their external ids. */
  contact(externalId: string): Promise<Person | undefined>;
  contacts(): Promise<Person[]>;
  upsert(contact: Partial<Saying>): Promise<ContactId>;
}

export interface Bringing {
  readonly settings?: Partial<ImportSettings>;
  readonly format?: Partial<ImportFormat>;
  readonly purpose?: "check" | "run";
  readonly onProgress?: (seen: ImportView) => void;
}

export interface Saying {
  readonly externalCustomerId: string;
  readonly email: string;
  readonly phone: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Person {
  readonly contactId: ContactId;
  readonly status: string;
  readonly externalCustomerId: string | null;
  readonly firstName: string | null;
  readonly town: string | null;
  readonly emails: readonly string[];
  readonly keys: readonly string[];
}

const PEOPLE = `
  SELECT contact_id, status, external_customer_id, first_name, town,
    (SELECT coalesce(json_agg(value || ' ' || status ORDER BY value), '[]') FROM channel
      WHERE channel.contact_id = contact.contact_id AND type = 'email' AND current) AS emails,
    (SELECT coalesce(json_agg(kind || ' ' || value ORDER BY kind, value), '[]') FROM identifier
      WHERE identifier.contact_id = contact.contact_id) AS keys
  FROM contact WHERE status IN ('live', 'deleted') ORDER BY contact_id`;

export async function importWorld(): Promise<ImportWorld> {
  const db = await testDatabase();
  const services = testServices({ db });
  const contacts = () => db.query<Person>(PEOPLE);
  return {
    db,
    services,
    contacts,
    bring: (file, { purpose = "run", ...how } = {}) =>
      importFile(services.imports, {
        fileName: "people.csv",
        bytes: single(typeof file === "string" ? Buffer.from(file) : file),
        actor: "admin:ann",
        purpose,
        ...how,
      }),
    contact: async (externalId) =>
      (await contacts()).find((person) => person.externalCustomerId === externalId && person.status === "live"),
    async upsert(contact) {
      const { resolveIdentity } = await import("../../src/server/identity/index.ts");
      const now = services.clock();
      const outcome = await resolveIdentity(services, {
        ...contact,
        trust: "server",
        verb: "upsert",
        moment: now,
        receivedAt: now,
        contactSource: "API",
        cause: { actor: "key:test", requestId: "test" },
      });
      if (outcome.kind !== "resolved") throw new Error(`not resolved: ${JSON.stringify(outcome)}`);
      return outcome.contactId;
    },
  };
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield Promise.resolve(bytes);
}

/** Counts as a line of text: `created 2, failed 1`. */
export function told(done: FileImported): string {
  if (done.kind !== "imported") return JSON.stringify(done);
  const counts = Object.entries(done.counts).filter(([, count]) => count > 0);
  return counts.map(([result, count]) => `${result} ${count}`).join(", ");
}

export { eventually };
