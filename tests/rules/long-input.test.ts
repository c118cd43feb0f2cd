import { describe, expect, test } from "vitest";
import { parseStrictJson } from "../../src/server/http/strict-json.ts";
import { reduceUserAgent } from "../../src/server/http/user-agent.ts";
import { normaliseEmail, normalisePhone } from "../../src/server/identity/normalise.ts";
import { languageOfHeader } from "../../src/server/subscriptions/language.ts";
import { cleanUrl } from "../../src/server/visitors/clean-url.ts";
import { inspect } from "../../src/server/visitors/inspect.ts";

// A pattern that goes back and forth over two million characters does not come to an end within a test. One that
// reads them once is not noticed. So there is nothing to measure.

const LONG = 2_000_000;
const repeated = (part: string, tail = ""): string => part.repeat(Math.ceil(LONG / part.length)) + tail;

const HOSTILE: Readonly<Record<string, string>> = {
  "one letter": repeated("a", "!"),
  blanks: repeated(" ", "x"),
  "at signs": repeated("@"),
  dots: repeated("."),
  "dots and letters": repeated("a.", "@"),
  "an address without an end": `a@${repeated("a-")}`,
  digits: repeated("1", "x"),
  "brackets and blanks": repeated("( ", "+"),
  "equals signs": `https://x/?${repeated("=")}`,
  "many pairs": `https://x/?${repeated("a=b&")}`,
  "many slashes": `https:${repeated("/")}`,
  "many hashes": `https://x/${repeated("#")}`,
  "hexadecimal digits": `https://x/?a=${repeated("0123456789abcdef", "g")}`,
  "almost a token": `https://x/?a=eyJ${repeated("a-")}`,
  percent: `https://x/?${repeated("%40")}`,
  "browsers' names": repeated("Chrome/ Version/1.1.1 "),
  languages: repeated("en;q=0.5,"),
  quotes: repeated('"'),
  backslashes: repeated("\\"),
};
const named = Object.entries(HOSTILE);

describe("T18: two million hostile characters are read to the end", () => {
  test.each(named)("T18: as an email and a phone: %s", (_, text) => {
    expect([normaliseEmail(text), normalisePhone(text, "UA")]).toEqual([undefined, undefined]);
  });

  test.each(named)("T18: as the address of a page: %s", (_, text) => {
    expect((cleanUrl(text) ?? "").length).toBeLessThanOrEqual(text.length);
  });

  test.each(named)("T18: as a header: %s", (_, text) => {
    expect((reduceUserAgent(text) ?? "").length).toBeLessThan(100);
    expect(["en", "uk"]).toContain(languageOfHeader(text));
  });

  test.each(named)("T18: in a message and as a body: %s", (_, text) => {
    expect(inspect({ type: "page", text, [text]: 1 }, true).fault).toBeDefined();
    expect(parseStrictJson(JSON.stringify({ text, [text]: [] }))).toEqual({ text, [text]: [] });
  });
});

describe("P22: JSON that says something twice", () => {
  test.each(['{"a":1,"a":2}', '{"x":{"a":1,"b":[{"c":1,"c":1}]}}', '{"a":1,"b":{"a":1},"a":1}', '{"\\u0061":1,"a":2}'])(
    "P22: %s is refused with the member's name",
    (text) => expect(() => parseStrictJson(text)).toThrow(/names the member "\w" twice in one object/),
  );

  test("P22: one name in two objects, and as a value, is no repetition", () => {
    const text = '{"a":{"a":["a","a"]},"b":[{"a":1},{"a":1}],"c":"{\\"a\\":1,\\"a\\":1}"}';
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });
});

describe("JSON of the contact API", () => {
  test("P20: 32 levels are read, and one more is refused, of lists and of objects", () => {
    for (const [open, close] of [
      ["[", "]"],
      [`{"a":`, "}"],
    ] as const) {
      const nested = (levels: number): string => `${open.repeat(levels)}1${close.repeat(levels)}`;
      expect(parseStrictJson(nested(32))).toEqual(JSON.parse(nested(32)));
      expect(() => parseStrictJson(nested(33))).toThrow("deeper than 32 levels");
    }
  });

  test("P23: NUL and half of a pair are refused in values and names, and whole pairs and written backslashes are not", () => {
    for (const text of [
      String.raw`"\u0000"`,
      String.raw`{"\ud800":1}`,
      String.raw`["\udfff\ud800"]`,
      String.raw`"\\\u0000"`,
    ])
      expect(() => parseStrictJson(text)).toThrow("no text");
    for (const text of [String.raw`"\ud83d\ude00"`, String.raw`"\\u0000"`, String.raw`"\u0041"`])
      expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });
});
