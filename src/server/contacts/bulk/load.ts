import type { FastifyBaseLogger } from "fastify";
import type { Field } from "../../../contract/fields.ts";
import type { Database, Transaction } from "../../db/database.ts";
import { listFields } from "../../fields/index.ts";
import type { Clock } from "../../lib/clock.ts";
import { seal, unseal } from "../../lib/sealed.ts";
import { readContactInput } from "../contact-input.ts";
import { unknownField } from "../field-input.ts";
import type { LinkedTables } from "../routes/deps.ts";
import { contactOfRow, readHeader, type Columns } from "./columns.ts";
import { judge, type BulkOptions, type FailedContact, type GoodContact } from "./input.ts";
import { insertRows } from "./store.ts";
import { allowLongTransaction, failUpload, startUpload, takeUpload, type WaitingUpload } from "./upload-store.ts";

export interface LoadDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Pick<FastifyBaseLogger, "error">;
  readonly secretKey: string;
  readonly linkedTables: LinkedTables;
}

const place = (sessionId: string): string => `bulk_session ${sessionId}`;

/** A link may carry a password. */
export function sealLink({ secretKey }: { readonly secretKey: string }, sessionId: string, link: string): Buffer {
  return seal(secretKey, place(sessionId), link);
}

/** Nothing of the file is kept. */
class FileRefused extends Error {}

/**
 * Fetches one file and makes its rows those of the upload, all in one transaction: of a file that breaks off, or a
 * process that is killed, nothing is left, and the fetch begins anew. False: nothing waits.
 */
export async function loadUpload(deps: LoadDeps, stop: AbortSignal): Promise<boolean> {
  let taken: WaitingUpload | undefined;
  try {
    await deps.db.transaction(async (tx) => {
      taken = await takeUpload(tx);
      if (taken !== undefined) await load(tx, { upload: taken, stop }, deps);
    });
  } catch (error) {
    if (taken === undefined || stop.aborted) throw error;
    if (!(error instanceof FileRefused)) deps.log.error({ err: error }, "a linked file could not be stored");
    const description = error instanceof FileRefused ? error.message : "The file could not be stored.";
    await failUpload(deps.db, { sessionId: taken.sessionId, description, now: deps.clock() });
  }
  return taken !== undefined;
}

async function load(
  tx: Transaction,
  { upload, stop }: { readonly upload: WaitingUpload; readonly stop: AbortSignal },
  { secretKey, linkedTables }: LoadDeps,
): Promise<void> {
  const { sessionId } = upload;
  const link = unseal(secretKey, place(sessionId), upload.link);
  if (link === undefined) throw new FileRefused("The link was stored under another secret key and cannot be read.");
  await allowLongTransaction(tx);
  const known = await listFields(tx);
  let reader: RowReader | undefined;
  for await (const part of linkedTables.read(link, stop)) {
    if (part.kind === "refused") throw new FileRefused(part.sentence);
    const [header, ...rest] = part.rows;
    if (header === undefined) continue;
    const rows = reader === undefined ? rest : part.rows;
    reader ??= openReader(header.cells, { options: upload.options, known });
    if (rows.length > 0) await insertRows(tx, { sessionId, ...reader.read(rows) });
  }
  if (reader === undefined || reader.count() === 0) throw new FileRefused("There are no contacts in the file.");
  await startUpload(tx, { sessionId, options: reader.options, description: reader.description });
}

interface RowReader {
  readonly options: BulkOptions;
  readonly description: string;
  count(): number;
  read(rows: readonly { readonly line: number; readonly cells: readonly string[] }[]): {
    readonly good: readonly GoodContact[];
    readonly failed: readonly FailedContact[];
  };
}

function openReader(
  header: readonly string[],
  { options: asked, known }: { readonly options: BulkOptions; readonly known: readonly Field[] },
): RowReader {
  const columns = readHeader(header);
  if (typeof columns === "string") throw new FileRefused(columns);
  const missing = columns.customFields.find((id) => known.every((field) => field.id !== id));
  if (missing !== undefined) throw new FileRefused(unknownField(missing));
  const options = { ...asked, customFields: columns.customFields };
  let count = 0;
  return {
    options,
    description: leftOut(columns),
    count: () => count,
    read(rows) {
      const good: GoodContact[] = [];
      const failed: FailedContact[] = [];
      for (const { line, cells } of rows) {
        const contact = contactOfRow(cells, columns);
        const reading =
          typeof contact === "string"
            ? ({ kind: "refused", sentence: contact } as const)
            : readContactInput(contact, known);
        const judged = judge(count, reading, options);
        if ("contact" in judged) good.push(judged);
        else failed.push({ ...judged, errorMessage: `Line ${line}: ${judged.errorMessage}` });
        count += 1;
      }
      return { good, failed };
    },
  };
}

const TOLD = 20;

function leftOut({ unknown }: Columns): string {
  if (unknown.length === 0) return "";
  const names = unknown.slice(0, TOLD).map((name) => `'${name.slice(0, 100)}'`);
  const more = unknown.length > TOLD ? ` and ${unknown.length - TOLD} more` : "";
  return `Columns that are not known here were left out: ${names.join(", ")}${more}.`;
}
