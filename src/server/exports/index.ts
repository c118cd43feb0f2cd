// The door of exports: copies of our tables in somebody's warehouse, kept up to date.

export { createExports, type Exports, type KnownExport, type StoredRun } from "./exports.ts";
export { downloadContacts } from "./download.ts";
export { exportsThatCopy } from "./field-uses.ts";
export { compareAllAgain } from "./store.ts";
export { forgetExported } from "./forget-person.ts";
export { type RunOutcome } from "./run.ts";
