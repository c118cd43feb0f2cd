import type { Refusal } from "./imports.ts";
import type { SettingsFault } from "./mapping-rules.ts";

/** Why not, and what to do, for the person who asked. */
export function tellRefusal(refusal: Refusal): string {
  switch (refusal.kind) {
    case "unknown":
      return "There is no such import.";
    case "wrongState":
      return `The import is ${refusal.state}: this is not possible now. Reload the page.`;
    case "notWhole":
      return `${refusal.bytesStored} of ${refusal.fileSize} bytes have arrived. Send the missing parts, then try again.`;
    case "empty":
      return "There is no row in the file. Choose another file, or another encoding.";
    case "workbook":
      return "The file is a workbook, not text. Save it as CSV, best as “CSV UTF-8”, and import that.";
    case "faulty":
      return FAULTS[refusal.fault];
  }
}

const FAULTS: Readonly<Record<SettingsFault, string>> = {
  no_columns: "No column goes anywhere. Choose what at least one column holds.",
  no_key: "Nothing tells contacts apart. Map a column to External ID, email or phone, or choose a unique field.",
  key_not_mapped: "The unique field is in no column. Map a column to it, or choose another unique field.",
  mapped_twice: "Two columns go to the same field. Leave one of them out.",
  unknown_field: "A column goes to an additional field that does not exist any more. Choose again.",
  replace_needs_key: "External IDs are replaced only where another field is the unique one and a column holds them.",
};
