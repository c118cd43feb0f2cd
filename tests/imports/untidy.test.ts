import { beforeAll, describe, expect, test } from "vitest";
import { createField } from "../../src/server/fields/index.ts";
import { importWorld, told, type ImportWorld } from "./world.ts";

// Files as they come out of spreadsheets and of the hands of people.

let world: ImportWorld;
beforeAll(async () => {
  world = await importWorld();
});

async function problems(importId: number): Promise<string[]> {
  const page = { kind: "failure", after: 0, limit: 100, language: "en" } as const;
  const found = await world.services.imports.listProblems(importId, page);
  return (found ?? []).map(({ line, reason, hint }) => `${line}: ${reason} ${hint}`);
}
async function errorsOf(importId: number): Promise<string> {
  const parts: string[] = [];
  for await (const part of (await world.services.imports.writeErrors(importId, "en")) ?? []) parts.push(part);
  return parts.join("");
}

describe("errors.csv", () => {
  test("keeps the cells of a row with too many, which fails again until somebody has mended it", async () => {
    const first = await world.bring("external id;town;first name\nOV1;Kyiv;Podil;Ann\nOV2;Lviv;Ben\n;Odesa;Cy\n");
    expect(told(first)).toBe("created 1, failed 2");
    const errors = await errorsOf(first.importId);
    expect(errors.split("\r\n").map((line) => line.split(";").slice(0, 5).join(";"))).toEqual([
      "\ufeffexternal id;town;first name;import_extra_1;import_line",
      "OV1;Kyiv;Podil;Ann;2",
      ";Odesa;Cy;;4",
      "",
    ]);

    const again = await world.bring(errors);
    expect(told(again)).toBe("failed 2");
    expect(await world.contact("OV1")).toBeUndefined();
    const twice = await errorsOf(again.importId);
    expect(twice.split("\r\n")[1]).toMatch(/^OV1;Kyiv;Podil;Ann;2;/);

    const mended = await world.bring(
      twice.replace("Kyiv;Podil;Ann;", '"Kyiv; Podil";Ann;;').replace("\r\n;", "\r\nOV3;"),
    );
    expect(told(mended)).toBe("created 2");
    expect(await world.contact("OV1")).toMatchObject({ town: "Kyiv; Podil", firstName: "Ann" });
  });

  test("of a file without names is read and mapped as the file was", async () => {
    const columns = ["firstName", "email"];
    const first = await world.bring("Ann;headless-1@shop.example\nBen;headless-2shop.example\n", {
      settings: { columns },
    });
    expect(told(first)).toBe("created 1, failed 1");
    const mended = (await errorsOf(first.importId)).replace("headless-2shop", "headless-2@shop");
    const again = await world.bring(mended);
    expect(told(again)).toBe("created 1");
    expect(again.kind === "imported" && again.seen.settings?.columns.slice(0, 2)).toEqual(columns);
  });
});

test("lines with nothing in them but delimiters and blanks are no rows", async () => {
  const done = await world.bring("external id;town\r\nBL1;Lviv\r\n;\r\n   \r\n;;;\r\n\r\nBL2;Kyiv\r\n ; \r\n");
  expect(told(done)).toBe("created 2");
  expect(done).toMatchObject({ seen: { rowsTotal: 2 } });
});

test.each([
  ["sep=;", "sep=;\r\nexternal id;town\r\nSEP1;Lviv\r\n;Kyiv\r\n"],
  ["sep=|, with more commas than bars", "sep=|\r\nexternal id|town\r\nSEP2|a,b,c\r\n|d,e,f\r\n"],
])("the first line %s tells the delimiter and is no row", async (_, file) => {
  const done = await world.bring(file);
  expect(told(done)).toBe("created 1, failed 1");
  expect(await problems(done.importId)).toEqual([expect.stringMatching(/^4: /)]);
});

test("a broken sign in a file of UTF-8 fails its row and spoils no other", async () => {
  const rows = Array.from({ length: 20 }, (_, n) => `MX${n};Дніпро, Україна`).join("\n");
  const broken = Buffer.concat([
    Buffer.from(`external id;town\n${rows}\nMX-broken;`),
    Buffer.from([0xc8, 0xf0]),
    Buffer.from("\n"),
  ]);
  const done = await world.bring(broken);
  expect(told(done)).toBe("created 20, failed 1");
  expect(await world.contact("MX7")).toMatchObject({ town: "Дніпро, Україна" });
});

test.each(["", '"'])("a cell of 5 MB in %j fails its row and no other", async (quote) => {
  const key = quote === "" ? "BIG" : "BIGQ";
  const huge = `${quote}${"x".repeat(5_000_000)}${quote}`;
  const done = await world.bring(
    `external id;town;first name\n${key}1;Lviv;Ann\n${key}2;${huge};Ben\n${key}3;Kyiv;Cy\n`,
  );
  expect(told(done)).toBe("created 2, failed 1");
  expect(await problems(done.importId)).toEqual(["3: The text for town is too long. Shorten it."]);
});

test("a row without an end is refused with the line where it begins", async () => {
  const done = await world.bring(`external id;town\nEND1;Lviv\nEND2;"Kyiv\n${"END;Odesa\n".repeat(2_000_000)}`, {
    purpose: "check",
  });
  expect(done.kind === "stopped" && done.seen.error).toBe(
    "Line 3: The row that begins here does not end within 16 MB. Most likely a quote opens in it and is not closed; else shorten it.",
  );
  const short = await world.bring('external id;town\nEND1;Lviv\n\nEND2;"Kyiv\nEND3;Odesa\nEND4;Odesa\n', {
    purpose: "check",
  });
  expect(short.kind === "stopped" && short.seen.error).toMatch(/^Line [34]: A quote opens here and is not closed\./);
});

test("a workbook is refused in words, not read as text", async () => {
  const workbook = Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.alloc(2_000, "x,y\n")]);
  expect(await world.bring(workbook)).toMatchObject({ kind: "refused", refusal: { kind: "workbook" } });
});

test("in a file without names, emails and phones with their country are known by what they look like", async () => {
  const done = await world.bring("Ann|+380 44 123 99 01|look-1@shop.example\nBen|+380441239902|look-2@shop.example\n");
  expect(told(done)).toBe("created 2");
  expect(done.kind === "imported" && done.seen.settings?.columns).toEqual([null, "phone", "email"]);
});

describe("a value that cannot be taken", () => {
  test.each([
    ["language", "Ukrainian", "“Ukrainian” is not a language code. Write it in letters like uk or pt-BR"],
    ["country", "Ukraine", "“Ukraine” is not a country code. Write the two letters, like UA or PL"],
    ["time zone", "UTC+2", "“UTC+2” is not a time zone. Write a name like Europe/Kyiv"],
  ])("in %s is told with what would fit: %s", async (column, value, sentence) => {
    const done = await world.bring(`external id;${column}\nFIT1;${value}\n`);
    expect(await problems(done.importId)).toEqual([expect.stringContaining(sentence)]);
  });

  test("in an additional field is told by what the field holds", async () => {
    const now = world.services.clock();
    await createField(world.db, { key: "born", name: "Born", type: "date", now });
    await createField(world.db, { key: "vip", name: "Important", type: "boolean", now });
    await createField(world.db, { key: "level", name: "Level", type: "choice", allowedValues: ["Gold"], now });
    const file =
      "external id;Born;Important;Level\nAF1;28.02.2001;так;gold\nAF2;28/02/2001;;\nAF3;;maybe;\nAF4;;;Bronze\n";
    const done = await world.bring(file);
    expect(told(done)).toBe("created 1, failed 3");
    expect((await problems(done.importId)).map((line) => line.split(". ")[0])).toEqual([
      "3: “28/02/2001” is not a day that can be read for certain",
      "4: “maybe” says neither yes nor no",
      "5: “Bronze” is none of the values of Level",
    ]);
    const said = await world.bring(file, { settings: { slashedDates: "dayFirst" } });
    expect(told(said)).toBe("created 1, unchanged 1, failed 2");
    const born = "SELECT fields ->> '1' AS born FROM contact WHERE external_customer_id LIKE 'AF%' ORDER BY 1";
    expect(await world.db.query(born)).toEqual([{ born: "2001-02-28" }, { born: "2001-02-28" }]);
  });
});

test("an id or a phone that a spreadsheet has rounded makes nobody: two people would have the same", async () => {
  const done = await world.bring("external id;phone\n1,23457E+11;\n1.23457E+11;\nRND1;3,80501E+11\n1e5;\n");
  expect(told(done)).toBe("created 1, failed 3");
  expect(await problems(done.importId)).toEqual(
    [2, 3, 4].map(
      (line) => expect.stringMatching(`^${line}: .* is a long number that a spreadsheet has rounded`) as unknown,
    ),
  );
  expect(await world.contact("1e5")).toBeDefined();
});

test("an External ID that is too long is told as too long", async () => {
  const done = await world.bring(`external id;email\n${"x".repeat(129)};long-id@shop.example\n${"x".repeat(128)};\n`);
  expect(told(done)).toBe("created 1, failed 1");
  expect(await problems(done.importId)).toEqual([
    expect.stringContaining("is too long for an External ID. It has room for 128 bytes."),
  ]);
});

test("signs without a shape around addresses and numbers are not seen in the file, and not by us", async () => {
  const done = await world.bring(
    "external id;email;phone\nINV1;\u200binv-1@shop.example\u200b;\u202a+380441239977\u202c\nINV2;;tel:+380441239978\n",
  );
  expect(told(done)).toBe("created 2");
  expect(await world.contact("INV1")).toMatchObject({
    keys: ["external INV1", "email inv-1@shop.example", "phone +380441239977"],
  });
});

test("a row that repeats another is noted without a column that is none", async () => {
  const done = await world.bring("external id;town\nREP1;Lviv\nREP1;Kyiv\n");
  const page = { kind: "note", after: 0, limit: 10, language: "en" } as const;
  expect(await world.services.imports.listProblems(done.importId, page)).toMatchObject([
    { line: 3, columnName: null, reason: "“REP1” stood on line 2 already: the later row wins." },
  ]);
});

test("a check foresees who stands in the file again, however far below", async () => {
  const half = Array.from({ length: 1_500 }, (_, n) => `FAR${n};Town ${n % 7}`).join("\n");
  const file = `external id;town\n${half}\n${half.replaceAll("Town 3", "Another")}\n`;
  const checked = told(await world.bring(file, { purpose: "check" }));
  expect(told(await world.bring(file))).toBe(checked);
  expect(checked).toBe("created 1500, updated 214, unchanged 1286");
});
