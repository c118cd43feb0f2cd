import { createReadStream, createWriteStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ImportSettings } from "../../contract/imports.ts";
import { importFields } from "../../server/import-fields.ts";
import {
  createImports,
  createImportWorker,
  importFile,
  isErrorColumn,
  keyOf,
  tellRefusal,
  type FileImported,
  type ImportDeps,
  type Imports,
  type ImportView,
} from "../../server/imports/index.ts";
import type { Installation } from "../../server/installation.ts";
import { createLog } from "../../server/lib/log.ts";
import { command } from "../command.ts";
import { Failed } from "../outcome.ts";
import { MANNER_ARGS, readFormat, readManner } from "./import-manner.ts";
import { mapColumns, readMap, targetOf } from "./import-rules.ts";
import { showProgress } from "./import-progress.ts";

export const importCommand = command({
  name: "import",
  description: "Bring in a file of contacts",
  args: {
    file: { type: "positional", description: "CSV, best with a line of names", required: true },
    key: { type: "string", description: "The field that tells contacts apart. Absent: External ID, else email, phone" },
    map: { type: "string", description: "column=field,… where a name does not say what the column holds" },
    "dry-run": { type: "boolean", description: "Say what would happen, and write nothing" },
    "restore-deleted": { type: "boolean", description: "Bring back deleted contacts instead of skipping their rows" },
    segment: { type: "string", description: "The List segment that the contacts join" },
    ...MANNER_ARGS,
  },
  run: (args, { config, within, say }) =>
    within(async (installation) => {
      const purpose = args["dry-run"] === true ? "check" : "run";
      const deps = { ...depsOf(installation), log: createLog(config.logLevel) };
      const choose = await chooserOf(deps, {
        key: args.key,
        map: args.map,
        segment: args.segment,
        deleted: args["restore-deleted"] === true ? "restore" : "skip",
        manner: readManner(args),
      });
      const format = readFormat(args);
      const { size, lines, bytes } = await openFile(args.file);
      const worker = createImportWorker(deps);
      const imports = createImports(deps, worker);
      try {
        const done = await importFile(imports, {
          fileName: basename(args.file),
          bytes,
          actor: "cli:import",
          purpose,
          format,
          settings: choose,
          onProgress: showProgress(() => lines()),
        });
        const errors = await writeErrors(imports, done, args.file);
        // What a dry run or a refusal leaves behind is a file of personal data that nobody needs.
        if (purpose === "check" || done.kind === "refused") await imports.cancel(done.importId);
        const { counts, seen } = endOf(done);
        say(
          { file: args.file, bytes: size, dryRun: purpose === "check", counts, notes: seen.notes, errors },
          [
            purpose === "check" ? `${args.file}: nothing was written. A run would have` : `${args.file} is imported:`,
            ...Object.entries(counts).map(([result, count]) => `  ${result} ${count}`),
            ...leftOut(seen),
            ...(errors === null ? [] : [`What is wrong with ${rowsOf(seen.failures)} stands in ${errors}.`]),
            ...(seen.notes === 0
              ? []
              : [`Something is worth knowing about ${rowsOf(seen.notes)}: see import ${done.importId} in the admin.`]),
          ].join("\n"),
        );
        if (counts.failed > 0) process.exitCode = 3;
      } finally {
        await worker.close();
      }
    }),
});

const depsOf = ({ db, secretKey }: Installation): Omit<ImportDeps, "log"> => ({
  db,
  secretKey,
  clock: Date.now,
  listFields: () => importFields(db),
});

interface Choice {
  readonly key: string | undefined;
  readonly map: string | undefined;
  readonly segment: string | undefined;
  readonly deleted: ImportSettings["deleted"];
  readonly manner: Partial<ImportSettings>;
}

/** What was typed is checked before the file is read. */
async function chooserOf(
  { listFields }: Pick<ImportDeps, "listFields">,
  { key, map, segment, deleted, manner }: Choice,
): Promise<(seen: ImportView) => Partial<ImportSettings>> {
  const fields = await listFields();
  const said = map === undefined ? new Map<string, string | null>() : readMap(map, fields);
  const chosenKey = key === undefined ? undefined : targetOf(key, fields);
  return ({ columns: found, settings }) => {
    const columns = mapColumns(
      found.map(({ name }, at) => ({ name, target: settings?.columns[at] ?? null })),
      said,
    );
    // Not the one that was chosen for such a file before, perhaps by somebody else.
    const key = chosenKey ?? keyOf({ columns });
    return { columns, ...(key !== undefined && { key }), deleted, segment: segment ?? null, ...manner };
  };
}

interface Opened {
  readonly size: number;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Of the part that was read so far. */
  lines(): number;
}

async function openFile(file: string): Promise<Opened> {
  const handle = await open(file).catch((error: unknown) => {
    throw new Failed(`${file} cannot be read${codeOf(error)}.`);
  });
  const stat = await handle.stat();
  await handle.close();
  if (!stat.isFile()) throw new Failed(`${file} is no file.`);
  let lines = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
      yield chunk;
    }
  }
  return { size: stat.size, bytes: counted(), lines: () => lines };
}

/** Next to the input; null: every row was done. */
async function writeErrors(imports: Imports, done: FileImported, file: string): Promise<string | null> {
  if (done.kind !== "imported" || done.seen.failures === 0) return null;
  const errors = `${file}.errors.csv`;
  const text = await imports.writeErrors(done.importId, "en");
  if (text === undefined) return null;
  try {
    // A file that is cut off never carries the name of a whole one.
    await pipeline(Readable.from(text), createWriteStream(`${errors}.part`, { mode: 0o600 }));
    await rename(`${errors}.part`, errors);
  } catch (error) {
    throw new Failed(`The import has ended, but ${errors} cannot be written${codeOf(error)}. The admin offers it too.`);
  }
  return errors;
}

function endOf(done: FileImported): Extract<FileImported, { kind: "imported" }> {
  switch (done.kind) {
    case "imported":
      return done;
    case "refused":
      throw new Failed(tellRefusal(done.refusal));
    case "stopped":
      throw new Failed(done.seen.error ?? `The import was stopped after ${done.seen.rowsDone} rows.`);
  }
}

/** Columns that went nowhere: whoever sees no screen would not know. */
function leftOut({ columns, settings }: ImportView): string[] {
  const names = columns
    .filter((_, at) => (settings?.columns[at] ?? null) === null)
    .map(({ name }) => name)
    .filter((name) => !isErrorColumn(name));
  if (names.length === 0) return [];
  const some = names.slice(0, 10).join(", ");
  const more = names.length > 10 ? ` and ${names.length - 10} more` : "";
  return [`Left out: ${some}${more}. Say with --map what they hold.`];
}

const rowsOf = (count: number): string => (count === 1 ? "1 row" : `${count} rows`);
const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
