import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyedHash, lockNumber } from "../../src/server/identity/keyed-hash.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.constantFrom("", "ї".repeat(3_000), "x".repeat(63), "x".repeat(64), "x".repeat(65), "\ud800"),
);

test("an identifier is hashed by HMAC-SHA-256, whatever it and the key are", () => {
  fc.assert(
    fc.property(text, text, text, (secretKey, kind, value) => {
      const expected = createHmac("sha256", secretKey).update(`identity ${kind} ${value}`).digest();
      expect(keyedHash(secretKey, kind, value)).toEqual(expected);
    }),
    { numRuns: 1_000 },
  );
});

test("the number under which a key is locked is the beginning of its hash", () => {
  fc.assert(
    fc.property(text, text, (kind, value) => {
      const digits = createHash("sha256").update(`${kind} ${value}`).digest("hex");
      expect(lockNumber(kind, value)).toBe(Number.parseInt(digits.slice(0, 13), 16));
    }),
  );
});
