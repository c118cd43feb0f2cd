import type { ImportSettings } from "../../contract/imports.ts";
import type { ContactId } from "../../contract/identifiers.ts";
import type { ContactFields } from "../identity/index.ts";
import { isBlockedIdentifier, normaliseEmail, normalisePhone } from "../identity/index.ts";
import type { Fault } from "./faults.ts";
import type { ImportField } from "./fields.ts";
import { KEY_TARGETS, keyOf } from "./mapping-rules.ts";
import { isExtraColumn } from "./targets.ts";

/** One row of the file. Lines count from 1, the header included. */
export interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** What a row says about one person. Identifiers are spelled as in the file; phones are in international form. */
export interface Intent {
  readonly row: Row;
  /** The value that tells contacts apart, comparable. */
  readonly keyValue: string;
  readonly contactId: ContactId | undefined;
  readonly externalCustomerId: string | undefined;
  readonly email: string | undefined;
  readonly phone: string | undefined;
  readonly fields: ContactFields;
}

export type RowReading =
  | { readonly kind: "intent"; readonly intent: Intent }
  | { readonly kind: "fault"; readonly row: Row; readonly fault: Fault };

/** How rows of one import are read, worked out once. */
export interface RowPlan {
  readonly key: string;
  readonly columns: readonly { readonly at: number; readonly target: string; readonly name: string }[];
  readonly names: readonly string[];
  /** Columns of `errors.csv` for what stood beyond the last column of its file. */
  readonly extra: readonly number[];
  readonly clears: "clear" | "leave";
  readonly country: string | undefined;
  readonly slashedDates: ImportSettings["slashedDates"];
  readonly fields: ReadonlyMap<string, ImportField>;
}

export function planRows(settings: ImportSettings, names: readonly string[], fields: readonly ImportField[]): RowPlan {
  return {
    key: keyOf(settings) ?? "",
    columns: settings.columns.flatMap((target, at) =>
      target === null ? [] : [{ at, target, name: names[at] ?? String(at + 1) }],
    ),
    names,
    extra: names.flatMap((name, at) => (isExtraColumn(name) ? [at] : [])),
    clears: settings.emptyCells,
    country: settings.country ?? undefined,
    slashedDates: settings.slashedDates,
    fields: new Map(fields.map((field) => [`field:${field.id}`, field])),
  };
}

const LONGEST: Readonly<Record<string, number>> = {
  firstName: 100,
  lastName: 100,
  region: 255,
  town: 255,
  address: 500,
  postcode: 32,
  contactKey: 255,
};

export function readRow(row: Row, plan: RowPlan): RowReading {
  const fault = (found: Fault): RowReading => ({ kind: "fault", row, fault: found });
  const beyond = cellBeyond(row, plan);
  if (beyond !== undefined) return fault({ code: "too_many_cells", value: beyond });
  const said: Said = { named: {}, fields: {} };
  for (const { at, target, name } of plan.columns) {
    const cell = row.cells[at];
    // A row that ends early says nothing about the rest.
    if (cell === undefined) continue;
    const text = readable(cell);
    if (text === undefined) return fault({ code: "unreadable", column: name, value: cell });
    const read = text === "" ? blank(target, plan) : readCell(target, text, plan);
    if (typeof read === "object" && read !== null) return fault({ ...read, column: name, value: text });
    if (read === undefined) continue;
    note(said, target, read);
  }
  return withKey(row, said, plan);
}

/** What belongs to no column of the file. */
function cellBeyond({ cells }: Row, { names, extra }: RowPlan): string | undefined {
  if (cells.length <= names.length && extra.length === 0) return undefined;
  return [...extra.map((at) => cells[at] ?? ""), ...cells.slice(names.length)].find((cell) => cell.trim() !== "");
}

/** What stands in the cell as one line; undefined when it cannot be what was meant. */
function readable(cell: string): string | undefined {
  // What spreadsheets and our own files put before a sign that would be taken for a formula.
  const text = /^'+[=+\-@\t\r＝＋－＠]/u.test(cell) ? cell.slice(1) : cell;
  if (!UNUSUAL.test(text)) return text.trim();
  const line = text.replace(/\s*[\r\n\t]\s*/g, " ").trim();
  return UNUSUAL.test(line) ? undefined : line;
}

const UNUSUAL = /[\p{Cc}\p{Cs}\ufffd]/u;

/** An empty cell. Addresses and ids are never cleared: who has none left can no longer be found. */
function blank(target: string, { clears }: RowPlan): null | undefined {
  return clears === "clear" && !IDENTIFYING.has(target) ? null : undefined;
}

/** What says whom a row is about, and nothing about them. */
export const IDENTIFYING: ReadonlySet<string> = new Set([...KEY_TARGETS, "id"]);

/** What a spreadsheet makes of a long number. Its last digits are lost, and with them whose it was. */
const ROUNDED = /^\d[.,]\d+e\+\d{1,3}$/i;
const LONGEST_EXTERNAL_ID = 128;
/** Signs without a shape, which come along when addresses and numbers are copied from other programs. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

function readExternalId(text: string, plan: RowPlan): string | Pick<Fault, "code"> {
  if (ROUNDED.test(text)) return { code: "rounded" };
  if (Buffer.byteLength(text) > LONGEST_EXTERNAL_ID) return { code: "external_id_too_long" };
  return plan.key === "externalCustomerId" && isBlockedIdentifier(text) ? { code: "blocked_external_id" } : text;
}

function readCell(target: string, text: string, plan: RowPlan): string | number | boolean | Pick<Fault, "code"> {
  switch (target) {
    case "externalCustomerId":
      return readExternalId(text, plan);
    case "email": {
      const email = text.replace(INVISIBLE, "").trim();
      return normaliseEmail(email) === undefined ? { code: "invalid_email" } : email;
    }
    case "phone": {
      const phone = text.replace(INVISIBLE, "").replace(/^tel:/i, "");
      return normalisePhone(phone, plan.country) ?? { code: ROUNDED.test(phone) ? "rounded" : "invalid_phone" };
    }
    case "id":
      return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : { code: "invalid_id" };
    case "languageCode":
      return /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$/.test(text) ? text : { code: "invalid_language" };
    case "countryCode":
      return /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : { code: "invalid_country" };
    case "timeZone":
      return isTimeZone(text) ? text : { code: "invalid_time_zone" };
    default:
      break;
  }
  const field = plan.fields.get(target);
  if (field !== undefined) return field.read(text, plan) ?? { code: `invalid_${field.type}` };
  return text.length > (LONGEST[target] ?? 255) ? { code: "too_long" } : text;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

type Cell = string | number | boolean | null;
type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

/** What stands in a row: a million of them are read, so each cell is put where it belongs at once. */
interface Said {
  readonly named: Record<string, Cell>;
  readonly fields: Writable<ContactFields>;
}

function note({ named, fields }: Said, target: string, value: Cell): void {
  if (target.startsWith("field:")) fields.additional = { ...fields.additional, [target.slice(6)]: value };
  else if (target === "contactKey") fields.attributes = { contactKey: value };
  else if (IDENTIFYING.has(target)) named[target] = value;
  else (fields as Record<string, Cell>)[target] = value;
}

function saidOf({ named, fields }: Said, target: string): unknown {
  if (target.startsWith("field:")) return fields.additional?.[target.slice(6)];
  if (target === "contactKey") return fields.attributes?.["contactKey"];
  return IDENTIFYING.has(target) ? named[target] : fields[target as keyof ContactFields];
}

function withKey(row: Row, said: Said, plan: RowPlan): RowReading {
  const key = textOf(saidOf(said, plan.key));
  if (key === undefined) {
    const column = plan.columns.find(({ target }) => target === plan.key)?.name;
    return { kind: "fault", row, fault: { code: "no_key_value", column } };
  }
  const { id, externalCustomerId, email, phone } = said.named;
  const intent: Intent = {
    row,
    keyValue: plan.key === "email" ? (normaliseEmail(key) ?? "") : key,
    contactId: typeof id === "number" ? (id as ContactId) : undefined,
    externalCustomerId: textOf(externalCustomerId),
    email: textOf(email),
    phone: textOf(phone),
    fields: said.fields,
  };
  return { kind: "intent", intent };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** Whom a row names, comparable across rows, some of it twice. An email may stand in the file as a key, or beside another. */
export function namesIn({ keyValue, externalCustomerId, email, phone, contactId }: Intent): string[] {
  const names = [keyValue];
  const external = externalCustomerId?.trim();
  if (external !== undefined && external !== keyValue) names.push(external);
  if (email !== undefined) names.push(email.trim().toLowerCase());
  if (phone !== undefined) names.push(phone);
  if (contactId !== undefined) names.push(contactId.toString());
  return names;
}
