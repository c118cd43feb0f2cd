import { expect, test } from "vitest";
import { whyNoText } from "../../src/admin/pages/imports/not-text.ts";

const of = (bytes: readonly number[] | Uint8Array) => whyNoText(new Blob([Uint8Array.from(bytes)]));
const utf16 = (text: string, first: 0 | 1) =>
  [...Buffer.from(text, "utf16le")].map((byte, at, all) => (first === 0 ? byte : (all[at ^ 1] ?? byte)));

test("workbooks and pictures are told from text before a byte of them is sent", async () => {
  expect(await of([0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x06, 0x00, 0x08, 0x00])).toBe("workbook");
  expect(await of([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])).toBe("workbook");
  expect(await of([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 4, 0])).toBe(
    "noText",
  );
});

test.each([
  ["UTF-8", [...Buffer.from("email;name\nann@example.org;Олена\n")]],
  ["Windows-1251", [...Buffer.from("email;"), 0xce, 0xeb, 0xe5, 0xed, 0xe0, 0x0a]],
  ["UTF-16 with a mark", [0xff, 0xfe, ...utf16("email;Ann\n", 0)]],
  ["UTF-16 without one", utf16("email;name\nann@example.org;Олена\n", 0)],
  ["UTF-16, the other half first", utf16("email;name\nann@example.org;Олена\n", 1)],
  ["nothing", []],
  ["PK as a heading", [...Buffer.from("PK;email\n1;ann@example.org\n")]],
])("%s may be rows", async (_, bytes) => {
  expect(await of(bytes)).toBeUndefined();
});
