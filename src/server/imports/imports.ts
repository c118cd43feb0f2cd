import type {
  ImportChange,
  ImportColumn,
  ImportCounts,
  ImportFormat,
  ImportSettings,
  ImportState,
} from "../../contract/imports.ts";
import { byteWatch, encodingOf, isWorkbook } from "./detect-rules.ts";
import { tellFault, type FaultLanguage } from "./faults.ts";
import { DEFAULT_SETTINGS, faultOfSettings, mapColumns, settingsAgain, type SettingsFault } from "./mapping-rules.ts";
import { writeErrors } from "./errors-csv.ts";
import { recallSettings, rememberSettings } from "./mapping-store.ts";
import { measureParts, putPart, readParts, removeParts } from "./part-store.ts";
import type { ImportDeps } from "./pass.ts";
import { countProblems, listProblems, type Problem } from "./problem-store.ts";
import { beginPass } from "./progress-store.ts";
import { readColumns, sniffFormat } from "./sniff.ts";
import { describeImport, findImport, insertImport, listImports, moveImport, type ImportRow } from "./store.ts";
import { headerName } from "./targets.ts";
import type { ImportWorker } from "./worker.ts";

/** What of the file is looked at to find out how to read it. */
const START_SIZE = 256 * 1024;

export type Refusal =
  | { readonly kind: "unknown" }
  /** Not possible in the state the import is in. */
  | { readonly kind: "wrongState"; readonly state: ImportState }
  | { readonly kind: "notWhole"; readonly bytesStored: number; readonly fileSize: number }
  | { readonly kind: "empty" }
  /** A spreadsheet as its program keeps it: no text. */
  | { readonly kind: "workbook" }
  | { readonly kind: "faulty"; readonly fault: SettingsFault };

export type Done = { readonly kind: "done" } | Refusal;
const done: Done = { kind: "done" };

export interface ImportView extends ImportRow {
  readonly bytesStored: number;
  readonly fault: SettingsFault | null;
  readonly failures: number;
  readonly notes: number;
}

export interface ProblemView extends Omit<Problem, "code" | "cells"> {
  readonly number: number;
  readonly reason: string;
  readonly hint: string;
}

/** A file of contacts, from its first byte to the last row. */
export interface Imports {
  /** `fileSize` null: a stream, of which nobody knows before it has ended. */
  begin(file: { readonly fileName: string; readonly fileSize: number | null; readonly actor: string }): Promise<number>;
  /** Parts of a fixed size, numbered from 0, in any order; sent again, a part replaces itself. */
  putPart(importId: number, part: number, bytes: Uint8Array): Promise<Done>;
  /** The file is here: finds out how it is read, and what its columns hold. */
  complete(importId: number): Promise<Done>;
  change(importId: number, change: ImportChange): Promise<Done>;
  check(importId: number): Promise<Done>;
  run(importId: number): Promise<Done>;
  /** A check goes back to the columns; a run stops where it is. */
  cancel(importId: number): Promise<Done>;
  find(importId: number): Promise<ImportView | undefined>;
  list(page: { readonly before: number | undefined; readonly limit: number }): Promise<ImportRow[]>;
  listProblems(
    importId: number,
    page: {
      readonly kind: Problem["kind"];
      readonly after: number;
      readonly limit: number;
      readonly language: FaultLanguage;
    },
  ): Promise<ProblemView[] | undefined>;
  /** `errors.csv`, piece by piece. */
  writeErrors(importId: number, language: FaultLanguage): Promise<AsyncGenerator<string> | undefined>;
}

function viewOf(
  { code, cells: _row, ...problem }: Problem & { readonly number: number },
  language: FaultLanguage,
): ProblemView {
  const about = { code, column: problem.columnName ?? undefined, value: problem.value ?? undefined };
  // Of a repetition it is the line where the value stood first.
  const columnName = code === "repeated" ? null : problem.columnName;
  return { ...problem, columnName, ...tellFault(about, language) };
}

export function createImports(deps: ImportDeps, worker: Pick<ImportWorker, "kick">): Imports {
  const { db, clock } = deps;

  async function describe(found: ImportRow, format: ImportFormat): Promise<Done> {
    const start = await readStart(deps, found.importId);
    const columns = await readColumns(start, format);
    if (columns.length === 0) return { kind: "empty" };
    const remembered = await recall(columns, format);
    const settings: ImportSettings = remembered ?? {
      ...DEFAULT_SETTINGS,
      columns: mapColumns(columns, { fields: await deps.listFields(), hasHeader: format.hasHeader }),
    };
    const change = { state: "ready", format, columns, settings, isRemembered: remembered !== undefined } as const;
    const from = ["uploading", "ready", "checked", "failed"] as const;
    const isChanged = await db.transaction((tx) => describeImport(tx, found.importId, { from, change, now: clock() }));
    return isChanged ? done : await refusalOf(found.importId);
  }

  async function recall(
    columns: readonly ImportColumn[],
    { hasHeader }: ImportFormat,
  ): Promise<ImportSettings | undefined> {
    const known = hasHeader ? await recallSettings(db, headerOf(columns)) : undefined;
    return known && settingsAgain(known, { columns, fields: await deps.listFields() });
  }

  async function refusalOf(importId: number): Promise<Refusal> {
    const found = await findImport(db, importId);
    return found === undefined ? { kind: "unknown" } : { kind: "wrongState", state: found.state };
  }

  async function begin(importId: number, to: "checking" | "running", from: readonly ImportState[]): Promise<Done> {
    const found = await findImport(db, importId);
    if (found === undefined) return { kind: "unknown" };
    const { settings, columns } = found;
    if (settings === null) return { kind: "wrongState", state: found.state };
    const fault = faultOfSettings(settings, await deps.listFields());
    if (fault !== undefined) return { kind: "faulty", fault };
    const isBegun = await db.transaction(async (tx) => {
      const isOurs = await beginPass(tx, importId, { from, to, now: clock() });
      // Also without names: `errors.csv` of such a file has the numbers of its columns as names.
      if (isOurs) await rememberSettings(tx, headerOf(columns), { settings, fileName: found.fileName, now: clock() });
      return isOurs;
    });
    if (!isBegun) return refusalOf(importId);
    worker.kick();
    return done;
  }

  return {
    begin: (file) => insertImport(db, { ...file, now: clock() }),
    async putPart(importId, part, bytes) {
      const isTaken = await putPart(db, { importId, part, bytes, now: clock() });
      return isTaken ? done : refusalOf(importId);
    },
    async complete(importId) {
      const found = await findImport(db, importId);
      if (found === undefined) return { kind: "unknown" };
      if (found.state !== "uploading") return { kind: "wrongState", state: found.state };
      const { bytes, isWhole } = await measureParts(db, importId);
      const fileSize = found.fileSize ?? bytes;
      if (!isWhole || bytes !== fileSize) return { kind: "notWhole", bytesStored: bytes, fileSize };
      if (isWorkbook(await readStart(deps, importId))) return { kind: "workbook" };
      const watch = byteWatch();
      for await (const part of readParts(db, importId)) watch.see(part);
      return describe(found, await sniffFormat(await readStart(deps, importId), encodingOf(watch.facts())));
    },
    async change(importId, { format, settings }) {
      const found = await findImport(db, importId);
      if (found === undefined) return { kind: "unknown" };
      if (format !== undefined && JSON.stringify(format) !== JSON.stringify(found.format)) {
        const read = await describe(found, format);
        if (read.kind !== "done" || settings === undefined) return read;
        return this.change(importId, { settings });
      }
      if (settings === undefined || found.format === null) return done;
      if (settings.columns.length !== found.columns.length) return { kind: "faulty", fault: "no_columns" };
      const change = {
        state: "ready",
        format: found.format,
        columns: found.columns,
        settings,
        isRemembered: false,
      } as const;
      const from = ["ready", "checked", "failed"] as const;
      const isChanged = await db.transaction((tx) => describeImport(tx, importId, { from, change, now: clock() }));
      return isChanged ? done : refusalOf(importId);
    },
    check: (importId) => begin(importId, "checking", ["ready", "checked", "failed"]),
    run: (importId) => begin(importId, "running", ["ready", "checked"]),
    async cancel(importId) {
      if (await moveImport(db, importId, { from: ["checking"], to: "ready", now: clock() })) return done;
      const from = ["uploading", "ready", "checked", "running", "failed"] as const;
      const isCancelled = await db.transaction(async (tx) => {
        const isOurs = await moveImport(tx, importId, { from, to: "cancelled", now: clock() });
        if (isOurs) await removeParts(tx, importId);
        return isOurs;
      });
      return isCancelled ? done : refusalOf(importId);
    },
    async find(importId) {
      const found = await findImport(db, importId);
      if (found === undefined) return undefined;
      const [{ bytes }, problems, fields] = await Promise.all([
        measureParts(db, importId),
        countProblems(db, importId),
        deps.listFields(),
      ]);
      const fault = found.settings === null ? null : (faultOfSettings(found.settings, fields) ?? null);
      return { ...found, ...problems, bytesStored: bytes, fault };
    },
    list: (page) => listImports(db, page),
    async listProblems(importId, { language, ...page }) {
      if ((await findImport(db, importId)) === undefined) return undefined;
      const problems = await listProblems(db, importId, page);
      return problems.map((problem) => viewOf(problem, language));
    },
    async writeErrors(importId, language) {
      const found = await findImport(db, importId);
      return found && writeErrors(db, found, language);
    },
  };
}

const headerOf = (columns: readonly ImportColumn[]): string => headerName(columns.map(({ name }) => name));

async function readStart({ db }: ImportDeps, importId: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of readParts(db, importId)) {
    parts.push(part);
    size += part.length;
    if (size >= START_SIZE) break;
  }
  return Buffer.concat(parts).subarray(0, START_SIZE);
}

export const NO_COUNTS: ImportCounts = { created: 0, updated: 0, unchanged: 0, restored: 0, skipped: 0, failed: 0 };
