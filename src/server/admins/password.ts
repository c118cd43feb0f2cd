import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { customAlphabet } from "nanoid";

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** OWASP's parameters for 32 MiB: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const COST: Cost = { N: 2 ** 15, r: 8, p: 3 };
const KEY_LENGTH = 32;
const MEMORY_LIMIT = 128 * 1024 * 1024;

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same characters typed on another keyboard may be composed differently.
    scrypt(password.normalize("NFKC"), salt, KEY_LENGTH, { ...cost, maxmem: MEMORY_LIMIT }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

/** What is stored: `scrypt$N$r$p$salt$key`, the last two in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

/** Takes as long for an account that does not exist (`undefined`) as for one that does. */
export async function passwordMatches(password: string, stored: string | undefined): Promise<boolean> {
  const [, n, r, p, salt = "", key = ""] = stored?.split("$") ?? [];
  const cost = stored === undefined ? COST : { N: Number(n), r: Number(r), p: Number(p) };
  const derived = await derive(password, Buffer.from(salt, "base64url"), cost);
  const expected = Buffer.from(key, "base64url");
  return expected.length === derived.length && timingSafeEqual(derived, expected);
}

/** Without the letters and digits that are mistaken for each other. */
const letters = customAlphabet("abcdefghjkmnpqrstuvwxyz23456789", 5);

/** 99 bits, in groups that can be read out and typed. */
export function newOneTimePassword(): string {
  return [letters(), letters(), letters(), letters()].join("-");
}
