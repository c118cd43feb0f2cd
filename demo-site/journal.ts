import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";

/** An append-only list of records: one JSON object a line. Without a file it forgets everything at the end. */
export interface Journal {
  readAll(): Promise<readonly unknown[]>;
  append(entry: object): Promise<void>;
}

const memoryJournal: Journal = {
  readAll: () => Promise.resolve([]),
  append: () => Promise.resolve(),
};

function parseLine(line: string): readonly unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    // The process was killed in the middle of this line, so nobody was told that it is stored.
    return [];
  }
}

export function openJournal(file: string | undefined): Journal {
  if (file === undefined) return memoryJournal;
  let last: Promise<void> = Promise.resolve();
  return {
    async readAll() {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      // The line feed closes a line that a killed process left open.
      await appendFile(file, "\n", { mode: 0o600 });
      const text = await readFile(file, "utf8");
      return text.split("\n").flatMap((line) => (line === "" ? [] : parseLine(line)));
    },
    append(entry) {
      const written = last.then(() => appendFile(file, `${JSON.stringify(entry)}\n`));
      last = written.catch(() => undefined);
      return written;
    },
  };
}
