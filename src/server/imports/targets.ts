/** What the names of columns mean, in the languages of those who make the files. Compared without blanks and signs. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  externalCustomerId: [
    "external id",
    "external customer id",
    "customer id",
    "customer no",
    "customer number",
    "client id",
    "user id",
    "ext id",
    "зовнішній id",
    "зовнішній ідентифікатор",
    "id клієнта",
    "ід клієнта",
    "код клієнта",
    "номер клієнта",
    "клієнт id",
  ],
  email: [
    "email",
    "e mail",
    "mail",
    "email address",
    "e mail address",
    "пошта",
    "електронна пошта",
    "ел пошта",
    "емейл",
    "імейл",
    "адреса електронної пошти",
  ],
  phone: [
    "phone",
    "phone number",
    "mobile",
    "mobile phone",
    "sms",
    "tel",
    "telephone",
    "телефон",
    "номер телефону",
    "мобільний",
    "мобільний телефон",
  ],
  id: ["contact id", "backstory id", "id контакту"],
  firstName: ["first name", "given name", "forename", "fname", "name", "ім'я", "імя", "ім’я"],
  lastName: ["last name", "surname", "family name", "lname", "прізвище"],
  languageCode: ["language", "language code", "lang", "мова", "код мови"],
  timeZone: ["time zone", "timezone", "часовий пояс"],
  region: ["region", "state", "province", "область", "регіон"],
  town: ["town", "city", "місто", "населений пункт"],
  address: ["address", "street", "street address", "адреса", "вулиця"],
  postcode: ["postcode", "postal code", "zip", "zip code", "індекс", "поштовий індекс"],
  countryCode: ["country", "country code", "країна", "код країни"],
  contactKey: ["contact key"],
};

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

const byWord = new Map(
  Object.entries(WORDS).flatMap(([target, words]) => [target, ...words].map((word) => [plain(word), target] as const)),
);

/** What a column of this name holds, as far as the name says. */
export function targetNamed(name: string): string | undefined {
  return byWord.get(plain(name));
}

/** Columns that `errors.csv` adds to the original ones. */
export const ERROR_COLUMNS = ["import_line", "import_column", "import_reason", "import_hint"] as const;

const EXTRA = "import_extra_";

/** For cells of a row beyond the last column; `errors.csv` has as many as its longest row needs. */
export const extraColumn = (n: number): string => `${EXTRA}${n}`;
export const isExtraColumn = (name: string): boolean => name.startsWith(EXTRA);

/** One that `errors.csv` has and its file had not. */
export const isErrorColumn = (name: string): boolean =>
  isExtraColumn(name) || ERROR_COLUMNS.some((column) => column === name);

/** For remembering: files with these columns are mapped alike. */
export function headerName(names: readonly string[]): string {
  const own = names.filter((name) => !isErrorColumn(name));
  return own.map((name) => name.trim().toLowerCase()).join("\u0000");
}
