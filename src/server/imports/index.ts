// The door of imports: files of contacts, whoever brings them. `createImports` for the steps, `importFile` for programs.

export {
  createImports,
  NO_COUNTS,
  type Done,
  type Imports,
  type ImportView,
  type ProblemView,
  type Refusal,
} from "./imports.ts";
export { importFile, type FileImport, type FileImported } from "./import-file.ts";
export { createImportWorker, type ImportWorker } from "./worker.ts";
export type { ImportField } from "./fields.ts";
export type { ImportDeps } from "./pass.ts";
export type { ImportRow } from "./store.ts";
export type { FaultLanguage } from "./faults.ts";
export { isErrorColumn, targetNamed } from "./targets.ts";
export { fieldNamed, keyOf } from "./mapping-rules.ts";
export { importsThatFill } from "./field-uses.ts";
export { tellRefusal } from "./tell-refusal.ts";
export { forgetImportedRows, forgetOldFiles } from "./forget.ts";
export { readTable } from "./read-table.ts";
export { UnreadableFile } from "./read-rows.ts";
