import { readTable, UnreadableFile } from "./imports/index.ts";
import { judgeLink, LinkRefused, openLink, type LinkRules } from "./lib/linked-file.ts";
import type { LinkedTables, TablePart } from "./contacts/index.ts";

/** What the contact API, which stands below imports, needs of them: a file behind a link, row by row. */
export function linkedTables(rules: LinkRules): LinkedTables {
  return {
    async judge(link) {
      try {
        await judgeLink(link, rules);
        return undefined;
      } catch (error) {
        if (error instanceof LinkRefused) return error.message;
        throw error;
      }
    },
    async *read(link, stop) {
      try {
        for await (const rows of readTable(openLink(link, rules, stop))) yield { kind: "rows", rows };
      } catch (error) {
        if (stop.aborted) throw error;
        if (error instanceof UnreadableFile)
          yield refused(error.line === 0 ? error.message : `Line ${error.line}: ${error.message}`);
        else if (error instanceof LinkRefused) yield refused(error.message);
        else throw error;
      }
    },
  };
}

const refused = (sentence: string): TablePart => ({ kind: "refused", sentence });
