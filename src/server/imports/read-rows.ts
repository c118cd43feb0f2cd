import { once } from "node:events";
import { Parser, type CsvError, type Options } from "csv-parse";
import type { ImportFormat } from "../../contract/imports.ts";
import type { Row } from "./read-row.ts";

/** The file itself cannot be read as rows. `line`: about where. */
export class UnreadableFile extends Error {
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** A row is held in memory, so an end there must be. */
const LONGEST_ROW = 16 * 1024 * 1024;
/** Characters that are parsed before the rows go on: little enough that other requests are not kept waiting. */
export const SLICE = 32 * 1024;

/**
 * The rows of a file in its order, header included: those that end within one slice of the text at a time, which may be
 * none. Lines with nothing in any cell are no rows, and neither is what tells a spreadsheet the delimiter.
 */
export async function* readRows(
  parts: AsyncIterable<Uint8Array>,
  { encoding, delimiter }: Omit<ImportFormat, "hasHeader">,
): AsyncGenerator<readonly Row[]> {
  const decoder = new TextDecoder(encoding);
  const reader = openReader(delimiter);
  for await (const bytes of parts) {
    const text = decoder.decode(bytes, { stream: true });
    for (let at = 0; at < text.length; at += SLICE) yield await reader.write(text.slice(at, at + SLICE));
  }
  yield await reader.write(decoder.decode());
  yield await reader.end();
}

/** Keeps rows with their lines where the stream would only pass them on; asked to call us, it would describe itself for each. */
class RowParser extends Parser {
  #rows: Row[] = [];
  #ended = 0;
  readonly #delimiter: string;
  constructor(options: Options & { readonly delimiter: string }) {
    super(options);
    this.#delimiter = options.delimiter;
  }

  override push(cells: string[] | null): boolean {
    if (cells === null) return super.push(null);
    this.#ended = this.info.lines;
    const line = firstLine(this.info.lines, cells);
    if (!isBlank(cells) && !(line === 1 && tellsDelimiter(cells, this.#delimiter))) this.#rows.push({ line, cells });
    return true;
  }
  /** Where the row begins that has no end yet. */
  get openLine(): number {
    return this.#ended + 1;
  }
  takeRows(): Row[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }
}

const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === "");

/** `sep=;`, which Excel writes and reads as the first line. */
const tellsDelimiter = (cells: readonly string[], delimiter: string): boolean =>
  cells.length <= 2 && /^sep=.$/i.test(cells.join(delimiter));

function openReader(delimiter: string) {
  let broken: Error | undefined;
  const parser = new RowParser({
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    // A stray quote inside a value is part of it.
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  parser.on("error", (error: CsvError) => (broken = unreadable(error, parser.openLine)));
  parser.resume();
  const taken = (): Row[] => {
    if (broken !== undefined) throw broken;
    return parser.takeRows();
  };
  return {
    async write(text: string): Promise<Row[]> {
      if (text !== "") await new Promise<void>((resolve) => parser.write(text, () => resolve()));
      return taken();
    },
    async end(): Promise<Row[]> {
      const ended = Promise.race([once(parser, "end"), once(parser, "close")]);
      parser.end();
      await ended.catch(() => undefined);
      return taken();
    },
  };
}

/** The parser counts to the line where a row ends; people look for where it begins. */
function firstLine(lines: number, cells: readonly string[]): number {
  let breaks = 0;
  for (const cell of cells) {
    if (!cell.includes("\n") && !cell.includes("\r")) continue;
    breaks += cell.match(/\r\n|\n|\r/g)?.length ?? 0;
  }
  return lines - breaks;
}

function unreadable(error: CsvError, line: number): Error {
  if (error.code === "CSV_QUOTE_NOT_CLOSED")
    return new UnreadableFile(
      "A quote opens here and is not closed. Close it, or double the quotes inside a value.",
      line,
    );
  if (error.code === "CSV_MAX_RECORD_SIZE")
    return new UnreadableFile(
      `The row that begins here does not end within ${LONGEST_ROW / 1024 / 1024} MB. Most likely a quote opens in it and is not closed; else shorten it.`,
      line,
    );
  return error;
}
