import type { Row } from "./read-row.ts";
import { readRows, UnreadableFile } from "./read-rows.ts";
import { sniffFormat } from "./sniff.ts";

/** As much as it takes to tell the delimiter. */
const START = 64 * 1024;

/** The rows of a UTF-8 file with any of the usual delimiters, its header first. */
export async function* readTable(parts: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Row[]> {
  const source = onlyUtf8(parts);
  const start: Uint8Array[] = [];
  for (let size = 0; size < START;) {
    const next = await source.next();
    if (next.done === true) break;
    start.push(next.value);
    size += next.value.length;
  }
  const format = await sniffFormat(Buffer.concat(start), "utf-8");
  yield* readRows(after(start, source), format);
}

async function* after(start: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* start;
  yield* rest;
}

async function* onlyUtf8(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new UnreadableFile("The file is not in UTF-8. Save it as CSV in UTF-8 and send the link again.", 0);
    }
  };
  for await (const bytes of parts) {
    decode(bytes);
    yield bytes;
  }
  decode();
}
