import { setTimeout as sleep } from "node:timers/promises";
import type { ImportCounts, ImportFormat, ImportSettings } from "../../contract/imports.ts";
import { IMPORT_PART_BYTES } from "../../contract/wire.ts";
import { NO_COUNTS, type Imports, type ImportView, type Refusal } from "./imports.ts";

export interface FileImport {
  readonly fileName: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** On whose word, e.g. `cli:import`. */
  readonly actor: string;
  /** Absent: as found out from the file. */
  readonly format?: Partial<ImportFormat>;
  /** Absent: by the names of the columns, and as they were mapped before. What it throws ends the import. */
  readonly settings?: Partial<ImportSettings> | ((seen: ImportView) => Partial<ImportSettings>);
  /** `check`: says what the run would do, and writes nothing. */
  readonly purpose: "check" | "run";
  readonly onProgress?: (seen: ImportView) => void;
}

export type FileImported =
  | { readonly kind: "imported"; readonly importId: number; readonly counts: ImportCounts; readonly seen: ImportView }
  /** The file cannot be read as rows, or somebody cancelled. */
  | { readonly kind: "stopped"; readonly importId: number; readonly seen: ImportView }
  | { readonly kind: "refused"; readonly importId: number; readonly refusal: Refusal };

const LOOK_EVERY = 200;

/** A whole import in one call, for programs: the bytes in, the counts out. The worker must be running somewhere. */
export async function importFile(imports: Imports, file: FileImport): Promise<FileImported> {
  const { importId, refusal } = await upload(imports, file);
  if (refusal !== undefined) return { kind: "refused", importId, refusal };
  const change = await settle(imports, importId, file);
  if (change !== undefined) return { kind: "refused", importId, refusal: change };
  const begun = file.purpose === "check" ? await imports.check(importId) : await imports.run(importId);
  if (begun.kind !== "done") return { kind: "refused", importId, refusal: begun };
  for (;;) {
    const seen = await imports.find(importId);
    if (seen === undefined) return { kind: "refused", importId, refusal: { kind: "unknown" } };
    file.onProgress?.(seen);
    if (seen.state === "finished" || seen.state === "checked")
      return { kind: "imported", importId, counts: { ...NO_COUNTS, ...seen.counts }, seen };
    if (seen.state !== "running" && seen.state !== "checking") return { kind: "stopped", importId, seen };
    await sleep(LOOK_EVERY);
  }
}

interface Uploaded {
  readonly importId: number;
  readonly refusal?: Refusal;
}

/** The size of a stream is known when it has ended, so it is collected into parts and counted. */
async function upload(imports: Imports, { bytes, fileName, actor }: FileImport): Promise<Uploaded> {
  const importId = await imports.begin({ fileName, fileSize: null, actor });
  let waiting = Buffer.alloc(0);
  let part = 0;
  const put = async (size: number): Promise<Refusal | undefined> => {
    const stored = await imports.putPart(importId, part, waiting.subarray(0, size));
    waiting = waiting.subarray(size);
    part += 1;
    return stored.kind === "done" ? undefined : stored;
  };
  for await (const chunk of bytes) {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= IMPORT_PART_BYTES) {
      const refusal = await put(IMPORT_PART_BYTES);
      if (refusal !== undefined) return { importId, refusal };
    }
  }
  const refusal = waiting.length > 0 ? await put(waiting.length) : undefined;
  if (refusal !== undefined) return { importId, refusal };
  const completed = await imports.complete(importId);
  return completed.kind === "done" ? { importId } : { importId, refusal: completed };
}

async function settle(imports: Imports, importId: number, file: FileImport): Promise<Refusal | undefined> {
  const before = await imports.find(importId);
  if (before?.format && file.format !== undefined) {
    const read = await imports.change(importId, { format: { ...before.format, ...file.format } });
    if (read.kind !== "done") return read;
  }
  const seen = await imports.find(importId);
  if (!seen?.settings || file.settings === undefined) return undefined;
  const chosen = typeof file.settings === "function" ? await chosenFor(imports, seen, file.settings) : file.settings;
  const change = await imports.change(importId, { settings: { ...seen.settings, ...chosen } });
  return change.kind === "done" ? undefined : change;
}

async function chosenFor(
  imports: Imports,
  seen: ImportView,
  choose: (seen: ImportView) => Partial<ImportSettings>,
): Promise<Partial<ImportSettings>> {
  try {
    return choose(seen);
  } catch (error) {
    await imports.cancel(seen.importId);
    throw error;
  }
}
