import type { ImportFormat } from "../../contract/imports.ts";

type Encoding = ImportFormat["encoding"];

/** What was seen of a file's bytes, from the first to the last. */
export interface ByteFacts {
  readonly start: readonly number[];
  /** Places that are no UTF-8. */
  readonly malformed: number;
  /** Zero bytes at even and at odd places: in UTF-16 one half of western text is zeros. */
  readonly zerosAtEven: number;
  readonly zerosAtOdd: number;
  /** Bytes beyond ASCII, and how many of them stand beside another. */
  readonly high: number;
  readonly highPairs: number;
  readonly length: number;
}

/** Today's workbooks are zip archives; those from before 2007 are not. */
const WORKBOOKS = [
  [0x50, 0x4b, 0x03, 0x04],
  [0xd0, 0xcf, 0x11, 0xe0],
];

export const isWorkbook = (start: Uint8Array): boolean =>
  WORKBOOKS.some((signs) => signs.every((byte, at) => start[at] === byte));

export function encodingOf({
  start,
  malformed,
  zerosAtEven,
  zerosAtOdd,
  high,
  highPairs,
  length,
}: ByteFacts): Encoding {
  const [a, b, c] = start;
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  // Even text without a Latin letter has Latin line ends, blanks and delimiters.
  const zeros = zerosAtEven + zerosAtOdd;
  if (zeros > length / 50) return zerosAtOdd > zerosAtEven ? "utf-16le" : "utf-16be";
  // A broken sign or two in a file of UTF-8 fail their rows; in another encoding hardly a sign beyond ASCII happens to be UTF-8.
  if (malformed <= high / 10) return "utf-8";
  // Cyrillic words are nothing but high bytes; western words have one here and there.
  return highPairs > high / 2 ? "windows-1251" : "windows-1252";
}

/** Collects {@link ByteFacts} part by part. */
export function byteWatch(): { see(bytes: Uint8Array): void; facts(): ByteFacts } {
  const utf8 = new TextDecoder("utf-8");
  const start: number[] = [];
  const zeros: [even: number, odd: number] = [0, 0];
  let malformed = 0;
  let high = 0;
  let highPairs = 0;
  let length = 0;
  let before = 0;
  return {
    see(bytes) {
      for (const byte of bytes.subarray(0, 3 - start.length)) start.push(byte);
      malformed += replaced(utf8.decode(bytes, { stream: true }));
      for (const byte of bytes) {
        if (byte === 0) zeros[(length & 1) as 0 | 1] += 1;
        if (byte >= 0x80) {
          high += 1;
          if (before >= 0x80) highPairs += 1;
        }
        before = byte;
        length += 1;
      }
    },
    facts: () => ({
      start,
      malformed: malformed + replaced(utf8.decode()),
      zerosAtEven: zeros[0],
      zerosAtOdd: zeros[1],
      high,
      highPairs,
      length,
    }),
  };
}

/** How often a decoder put its sign for what it could not read. */
function replaced(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\ufffd"); at >= 0; at = text.indexOf("\ufffd", at + 1)) count += 1;
  return count;
}

/** The delimiter that splits most of the rows into the same number of cells, and into most of them. */
export function delimiterOf(
  tables: readonly { readonly delimiter: ImportFormat["delimiter"]; readonly rows: readonly (readonly string[])[] }[],
): ImportFormat["delimiter"] {
  let best: { delimiter: ImportFormat["delimiter"]; score: number } = { delimiter: ",", score: 0 };
  for (const { delimiter, rows } of tables) {
    const widths = rows.map((row) => row.length);
    const width = mostCommon(widths);
    if (width < 2) continue;
    const share = widths.filter((candidate) => candidate === width).length / widths.length;
    const score = share * share * Math.log2(width);
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

function mostCommon(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0])[0];
}

/** A row of names has no address, number or date in it, nothing twice and nothing empty. */
export function looksLikeHeader(
  [first, second]: readonly (readonly string[])[],
  known: (name: string) => boolean,
): boolean {
  if (first === undefined) return false;
  if (first.some(known)) return true;
  const names = first.map((name) => name.trim().toLowerCase());
  if (names.some((name) => name === "" || name.includes("@") || /^[+\d][\d\s().:/-]*$/.test(name))) return false;
  return second !== undefined && new Set(names).size === names.length && second.some((cell) => /[@\d]/.test(cell));
}
