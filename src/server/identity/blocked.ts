// Values that stand for "nobody in particular" (identity.md §8.1). Taken as identifiers they would tie every guest of
// a shop into one contact.

const WORDS = new Set(
  (
    "anonymous guest distinctid distinct_id id not_authenticated email undefined true false user userid user_id " +
    "customer unknown test admin default void n/a na nil"
  ).split(" "),
);
const EXACT = new Set(["[object Object]", "NaN", "None", "none", "null", "0", "-1"]);
const PATTERNS = [
  /^[0-]*$/,
  // Templates that nobody filled in.
  /\{\{.*\}\}/s,
  /\$\{.*\}/s,
  /^%.*%$/s,
  /^<.*>$/s,
];
const MAX_BYTES = 128;

/** Lone surrogates: different strings that become the same bytes. */
const ILL_FORMED = /\p{Surrogate}/u;
const CONTROL = /\p{Cc}/u;

/** Whether an external id or device id can't tell one person from another. */
export function isBlockedIdentifier(raw: string, maxBytes: number = MAX_BYTES): boolean {
  const value = unquoted(raw.trim());
  return (
    WORDS.has(value.toLowerCase()) ||
    EXACT.has(value) ||
    PATTERNS.some((pattern) => pattern.test(value)) ||
    ILL_FORMED.test(raw) ||
    CONTROL.test(raw) ||
    Buffer.byteLength(raw, "utf8") > maxBytes
  );
}

function unquoted(value: string): string {
  const quoted = /^(['"])(.*)\1$/s.exec(value);
  return quoted?.[2]?.trim() ?? value;
}

const NOBODY = new Set(["noreply", "no-reply"]);
const TEST_DOMAIN = /^(test\.[^.]+|example\.(com|org|net))$/;
const RESERVED_TOP = /\.(invalid|test|localhost)$/;

/** Whether mail to this address reaches no person. `email` is normalised. */
export function isBlockedEmail(email: string): boolean {
  return NOBODY.has(email.slice(0, email.indexOf("@")));
}

export function isTestAddress(email: string): boolean {
  const [local = "", domain = ""] = email.split("@");
  const testAtTest = local === "test" && domain.startsWith("test");
  return testAtTest || TEST_DOMAIN.test(domain) || RESERVED_TOP.test(domain);
}

/** Whether a telephone number is a filler. `raw` as it came. */
export function isBlockedPhone(raw: string): boolean {
  const digits = raw.replace(/\D/g, "");
  return digits.length < 7 || /^(\d)\1*$/.test(digits) || digits === "1234567890" || isBlockedIdentifier(raw);
}
