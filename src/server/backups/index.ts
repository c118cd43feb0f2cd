// A whole installation in one file, and back.

export { writeBackup, type BackupSummary } from "./write-backup.ts";
export { restoreBackup, type RestoreOrder, type RestoreSummary } from "./restore-backup.ts";
export { eraseAgain } from "./erase-again.ts";
