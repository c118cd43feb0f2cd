/** Bytes that are looked at. */
const START = 4_096;

/** Of a workbook: today's are zip archives, those from before 2007 are not. */
const WORKBOOKS = [
  [0x50, 0x4b, 0x03, 0x04],
  [0xd0, 0xcf, 0x11, 0xe0],
];

/** Why there are no rows to be found in a file: it is a workbook, or no text at all. Undefined: it may be text. */
export async function whyNoText(file: Blob): Promise<"workbook" | "noText" | undefined> {
  const start = new Uint8Array(await file.slice(0, START).arrayBuffer());
  const beginsWith = (bytes: readonly number[]) => bytes.every((byte, at) => start[at] === byte);
  if (WORKBOOKS.some(beginsWith)) return "workbook";
  // Text has no zero bytes, except in UTF-16, where they stand in one half of it.
  const isMarkedUtf16 = beginsWith([0xff, 0xfe]) || beginsWith([0xfe, 0xff]);
  const zeros = [0, 1].map((half) => start.filter((byte, at) => byte === 0 && at % 2 === half).length);
  const [fewer = 0, more = 0] = zeros.sort((a, b) => a - b);
  return !isMarkedUtf16 && fewer > more / 10 ? "noText" : undefined;
}
