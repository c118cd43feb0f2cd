import { describe, expect, test } from "vitest";
import { isBlockedIdentifier, isTestAddress } from "../../src/server/identity/blocked.ts";
import { normaliseEmail, normalisePhone } from "../../src/server/identity/normalise.ts";

const emails: Record<string, string | undefined> = {
  " Ann@Shop.EXAMPLE ": "ann@shop.example",
  "ann.smith+news@shop.example": "ann.smith+news@shop.example",
  "o'brien@shop.example": "o'brien@shop.example",
  "ann@bücher.example": "ann@xn--bcher-kva.example",
  "ann@XN--BCHER-KVA.example": "ann@xn--bcher-kva.example",
  // Beyond ASCII nobody agrees on lower case, so such a local part stays as it is.
  "Ångström@shop.example": "Ångström@shop.example",
  "\u212Aelly@shop.example": "\u212Aelly@shop.example",
  "İda@shop.example": "İda@shop.example",
  "ann@\uFF33\uFF28\uFF2F\uFF30.example": "ann@shop.example",
  ann: undefined,
  "": undefined,
  "@shop.example": undefined,
  "ann@": undefined,
  "ann@shop": undefined,
  "ann@@shop.example": undefined,
  "a@b@shop.example": undefined,
  "ann smith@shop.example": undefined,
  "ann@shop .example": undefined,
  "ann@shop.example\r\nBcc: all@shop.example": undefined,
  "ann@sh\nop.example": undefined,
  "ann@sh\top.example": undefined,
  "ann\u0000@shop.example": undefined,
  '"ann"@shop.example': undefined,
  "ann(comment)@shop.example": undefined,
  "<ann@shop.example>": undefined,
  "ann@shop.example, bob@shop.example": undefined,
  ".ann@shop.example": undefined,
  "ann.@shop.example": undefined,
  "a..nn@shop.example": undefined,
  "ann@.shop.example": undefined,
  "ann@shop..example": undefined,
  "ann@-shop.example": undefined,
  "ann@1.2.3": undefined,
  "ann@[127.0.0.1]": undefined,
  "ann@%73hop.example": undefined,
  "ann@shop.example/path": undefined,
  "ann@shop.example:25": undefined,
  "\ud800@shop.example": undefined,
  [`${"a".repeat(65)}@shop.example`]: undefined,
  [`ann@${"a".repeat(64)}.example`]: undefined,
  [`ann@${"abcdefgh.".repeat(28)}example`]: undefined,
};

/** What stands before the @, and what is made of it; undefined: it is refused. */
const locals: readonly (readonly [string, string | undefined])[] = [
  ["ann", "ann"],
  ["Ann.SMITH", "ann.smith"],
  ["ann+Tag", "ann+tag"],
  ["a", "a"],
  ["o'brien", "o'brien"],
  ["x!#$%&*/=?^_`{|}~-", "x!#$%&*/=?^_`{|}~-"],
  ["0123", "0123"],
  ["a".repeat(64), "a".repeat(64)],
  ["Ösel", "Ösel"],
  ["用户", "用户"],
  ["a".repeat(65), undefined],
  ["", undefined],
  [".ann", undefined],
  ["ann.", undefined],
  ["a..b", undefined],
  ["a b", undefined],
  ["a,b", undefined],
  ["a;b", undefined],
  ["a\\b", undefined],
  ['"ann"', undefined],
  ["ann(x)", undefined],
  ["a<b", undefined],
  ["a\r\nb", undefined],
  ["a\0b", undefined],
  ["\ud800a", undefined],
];

/** The same for what stands after it. */
const domains: readonly (readonly [string, string | undefined])[] = [
  ["shop.example", "shop.example"],
  ["SHOP.Example", "shop.example"],
  ["a.b.c.d.example", "a.b.c.d.example"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["Bücher.example", "xn--bcher-kva.example"],
  ["ТЕСТ.example", "xn--e1aybc.example"],
  ["1and1.example", "1and1.example"],
  ["my-shop.example", "my-shop.example"],
  [`${"a".repeat(63)}.example`, `${"a".repeat(63)}.example`],
  [`${"a".repeat(64)}.example`, undefined],
  ["localhost", undefined],
  ["", undefined],
  [".example", undefined],
  ["shop..example", undefined],
  ["-shop.example", undefined],
  ["sh op.example", undefined],
  ["shop.example\nx", undefined],
  ["shop_x\t.example", undefined],
  ["127.0.0.1", undefined],
  ["[::1]", undefined],
  ["shop.example:25", undefined],
  ["shop@evil.example", undefined],
];

describe("an email", () => {
  test("P25: every pair of parts is folded part by part, or refused if one of them is", () => {
    const wrong: string[] = [];
    for (const [local, foldedLocal] of locals)
      for (const [domain, foldedDomain] of domains) {
        const isGood = foldedLocal !== undefined && foldedDomain !== undefined;
        const expected = isGood ? `${foldedLocal}@${foldedDomain}` : undefined;
        const found = normaliseEmail(`${local}@${domain}`);
        if (found !== expected) wrong.push(`${JSON.stringify(`${local}@${domain}`)} is ${found}, not ${expected}`);
      }
    expect(wrong).toEqual([]);
    expect(locals.length * domains.length).toBeGreaterThan(400);
  });

  for (const [raw, expected] of Object.entries(emails)) {
    test(`${JSON.stringify(raw).slice(0, 60)} is ${expected ?? "refused"}`, () => {
      expect(normaliseEmail(raw)).toBe(expected);
    });
  }
  test("normalised once is normalised for good", () => {
    for (const key of Object.values(emails)) if (key !== undefined) expect(normaliseEmail(key)).toBe(key);
  });
});

const phones: [raw: string, country: string | undefined, expected: string | undefined][] = [
  ["+380 44 123-45-67", undefined, "+380441234567"],
  ["380441234567", undefined, "+380441234567"],
  ["380441234567", "UA", "+380441234567"],
  ["044 123 45 67", "UA", "+380441234567"],
  ["(044) 123-45-67", "UA", "+380441234567"],
  ["+1 (212) 555-2368", "UA", "+12125552368"],
  ["044 123 45 67", undefined, undefined],
  ["call me", "UA", undefined],
  ["+380441234567 ext 5", undefined, undefined],
  ["+", undefined, undefined],
  ["", "UA", undefined],
  ["380441234567", "Nowhere", "+380441234567"],
];

describe("a phone", () => {
  for (const [raw, country, expected] of phones) {
    test(`${JSON.stringify(raw)} in ${country ?? "no country"} is ${expected ?? "refused"}`, () => {
      expect(normalisePhone(raw, country)).toBe(expected);
    });
  }
});

const blocked = [
  ..."anonymous GUEST undefined True FALSE UserId customer unknown test admin default void n/a NA nil NaN None null 0 -1".split(
    " ",
  ),
  "[object Object]",
  "",
  "  ",
  "0000",
  "00000000-0000-0000-0000-000000000000",
  "{{ user.id }}",
  "%USER_ID%",
  "${user.id}",
  "<user_id>",
  "'null'",
  '"undefined"',
  " 'guest' ",
  "x".repeat(129),
  "ї".repeat(65),
  "a\u0000b",
  "a\nb",
  "\ud800",
];
const allowed = [
  "1",
  "00",
  "007",
  "1e5",
  "9007199254740993",
  "guest1",
  "x".repeat(128),
  "emoji 🛒",
  "a-b",
  "NULL-7",
  "id-1",
].filter((value) => value !== "00");

describe("an external id", () => {
  for (const value of blocked) {
    test(`${JSON.stringify(value).slice(0, 50)} says nothing about who somebody is`, () =>
      expect(isBlockedIdentifier(value)).toBe(true));
  }
  for (const value of allowed) {
    test(`${JSON.stringify(value).slice(0, 50)} is one`, () => expect(isBlockedIdentifier(value)).toBe(false));
  }
});

test("addresses made for tests are known as such", () => {
  for (const email of [
    "test@test.com",
    "ann@example.com",
    "ann@example.org",
    "a@b.test",
    "a@b.invalid",
    "a@b.localhost",
  ]) {
    expect(isTestAddress(email), email).toBe(true);
  }
  for (const email of ["ann@shop.example.com.ua", "tester@mail.com", "ann@testing.org"])
    expect(isTestAddress(email), email).toBe(false);
});
