import { beforeAll, expect, test } from "vitest";
import { importWorld, told, type ImportWorld } from "./world.ts";

// Files as programs write them are read, or refused in a sentence.

let world: ImportWorld;
beforeAll(async () => {
  world = await importWorld();
});

const utf16 = (text: string) => Buffer.from(text, "utf16le");
const swapped = (text: string) => utf16(text).swap16();
/** Windows-1251 of Ukrainian capitals and small letters. */
const cyrillic = (text: string) =>
  Buffer.from(
    [...text].map((sign) => {
      const code = sign.codePointAt(0) ?? 0;
      if (sign === "і") return 0xb3;
      if (sign === "є") return 0xba;
      return code < 0x80 ? code : code - 0x410 + 0xc0;
    }),
  );

let made = 0;
test.each([
  {
    name: "UTF-8 with a byte order mark, CRLF and ;",
    bytes: (t: string) => Buffer.from(`\ufeff${t}`),
    encoding: "utf-8",
  },
  { name: "UTF-16 with a byte order mark", bytes: (t: string) => utf16(`\ufeff${t}`), encoding: "utf-16le" },
  {
    name: "UTF-16 big-endian with a byte order mark",
    bytes: (t: string) => swapped(`\ufeff${t}`),
    encoding: "utf-16be",
  },
  { name: "UTF-16 without one", bytes: utf16, encoding: "utf-16le" },
  { name: "Windows-1251", bytes: cyrillic, encoding: "windows-1251" },
])("88. a file in $name is read", async ({ bytes, encoding }) => {
  const id = `F${(made += 1)}`;
  const text = `Код клієнта;Місто\r\n${id};Львів\r\n`;
  const done = await world.bring(bytes(text));
  expect(told(done)).toBe("created 1");
  expect(done.kind === "imported" && done.seen.format).toEqual({ encoding, delimiter: ";", hasHeader: true });
  expect(await world.contact(id)).toMatchObject({ town: "Львів" });
});

test("a file in Windows-1252 is read", async () => {
  const done = await world.bring(Buffer.from("customer id,town\nW1,K\xf6ln\nW2,M\xfcnchen\n", "latin1"));
  expect(told(done)).toBe("created 2");
  expect(await world.contact("W2")).toMatchObject({ town: "München" });
});

test("88. quoted line breaks, doubled quotes and stray ones are read, and lines are counted by what people see", async () => {
  const file = 'customer id,town\nQ1,"Upper\nTown"\nQ2,"The ""Old"" Town"\nQ3,5" Street\n,nobody\n';
  const done = await world.bring(file);
  expect(told(done)).toBe("created 3, failed 1");
  expect(await world.contact("Q1")).toMatchObject({ town: "Upper Town" });
  expect(await world.contact("Q2")).toMatchObject({ town: 'The "Old" Town' });
  const found = await world.services.imports.listProblems(done.importId, {
    kind: "failure",
    after: 0,
    limit: 10,
    language: "en",
  });
  expect(found?.map(({ line }) => line)).toEqual([6]);
});

test("88. a quote that is never closed is refused with its line, and nothing is written", async () => {
  const done = await world.bring('customer id,town\nN1,Lviv\nN2,"Kyiv\nN3,Odesa\n', { purpose: "check" });
  expect(done).toMatchObject({ kind: "stopped", seen: { state: "failed" } });
  expect(done.kind === "stopped" && done.seen.error).toContain("A quote opens here and is not closed.");
  expect(await world.contact("N1")).toBeUndefined();
});

test("an apostrophe that guards a cell from being a formula is taken off", async () => {
  expect(told(await world.bring("customer id,first name\nA1,'=SUM(A1)\nA2,'plain\n"))).toBe("created 2");
  expect(await world.contact("A1")).toMatchObject({ firstName: "=SUM(A1)" });
  expect(await world.contact("A2")).toMatchObject({ firstName: "'plain" });
});

test("zero bytes among the first rows and in the header are shown as what nobody can read", async () => {
  const format = { encoding: "utf-8", delimiter: ";", hasHeader: true } as const;
  const done = await world.bring("customer id;to\0wn\nZ-first;a\0b\nZ-second;Lviv\n", { format });
  expect(done.kind === "imported" && done.seen.columns).toMatchObject([
    { name: "customer id", samples: ["Z-first", "Z-second"] },
    { name: "to\ufffdwn", samples: ["a\ufffdb", "Lviv"] },
  ]);
  expect(told(done)).toBe("created 1, failed 1");
});

test.each([10, 110])("a zero byte in row %i fails that row alone, in a check as in a run", async (place) => {
  const rows = Array.from({ length: 120 }, (_, n) => `Z${place}-${n};${n === place ? "a\0b" : `N${n}`}`);
  const file = `Customer no.;First name\n${rows.join("\n")}\n`;
  for (const purpose of ["check", "run"] as const)
    expect(told(await world.bring(file, { purpose }))).toBe("created 119, failed 1");
});

test("an import that cannot go on holds up no others", async () => {
  const { imports, db } = world.services;
  const bytes = Buffer.from("Email\nstuck@shop.example\n");
  const importId = await imports.begin({ fileName: "stuck.csv", fileSize: bytes.length, actor: "admin:ann" });
  await imports.putPart(importId, 0, bytes);
  await imports.complete(importId);
  // As if what is written there were of another version.
  await db.query("UPDATE import SET state = 'checking', settings = '{}' WHERE import_id = $1", [importId]);
  const outcome = await world.bring("Email\nnext@shop.example\n");
  expect(outcome).toMatchObject({ kind: "imported", counts: { created: 1 } });
  expect(await imports.cancel(importId)).toEqual({ kind: "done" });
});
