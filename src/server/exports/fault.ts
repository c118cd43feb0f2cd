import type { ExportFault } from "../../contract/exports.ts";

/** An export that cannot go on, in a sentence for the person who set it up. */
export class ExportRefused extends Error {
  readonly fault: ExportFault;

  constructor(code: string, detail: string) {
    super(detail);
    this.fault = { code, detail };
  }
}
