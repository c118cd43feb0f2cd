import type { FieldId } from "../../../contract/identifiers.ts";

/** What the columns of a linked file hold, by their header. */
export interface Columns {
  readonly names: readonly (Column | undefined)[];
  /** Additional fields among them. */
  readonly customFields: readonly FieldId[];
  /** Headers that mean nothing here. */
  readonly unknown: readonly string[];
}

type Column =
  | { readonly kind: "channel" | "address" | "contact"; readonly name: string }
  | { readonly kind: "field"; readonly name: string };

const CHANNELS = ["email", "sms", "viber", "mobilepush", "webpush"];
const ADDRESS = ["region", "town", "address", "postcode", "countryCode"];
const CONTACT = [
  ...["externalCustomerId", "id", "firstName", "lastName", "languageCode", "timeZone", "contactKey"],
  ...["visitorId", "webId"],
];
const plain = (name: string): string => name.trim().toLowerCase();

const COLUMNS: ReadonlyMap<string, Column> = new Map(
  [
    ...CHANNELS.map((name) => ({ kind: "channel" as const, name })),
    ...ADDRESS.map((name) => ({ kind: "address" as const, name })),
    ...CONTACT.map((name) => ({ kind: "contact" as const, name })),
  ].map((column) => [plain(column.name), column]),
);

/** In words: what is wrong with the header as a whole. */
export function readHeader(cells: readonly string[]): Columns | string {
  const names = cells.map(columnNamed);
  const seen = new Set<string>();
  for (const column of names) {
    if (column === undefined) continue;
    const key = `${column.kind} ${column.name}`;
    if (seen.has(key)) return `Two columns are called '${column.name}'.`;
    seen.add(key);
  }
  if (seen.size === 0)
    return "The first row names no column that is known, like externalCustomerId, email, sms or field:7.";
  return {
    names,
    customFields: names.flatMap((column) => (column?.kind === "field" ? [Number(column.name) as FieldId] : [])),
    unknown: cells.filter((cell, at) => names[at] === undefined && cell.trim() !== "").map((cell) => cell.trim()),
  };
}

function columnNamed(cell: string): Column | undefined {
  const name = plain(cell);
  const [, id] = /^field:\s*(\d{1,9})$/.exec(name) ?? [];
  return id === undefined ? COLUMNS.get(name) : { kind: "field", name: String(Number(id)) };
}

/** The contact of a row, as `POST /contacts` would have brought it; blank cells are left out. In words: why not. */
export function contactOfRow(cells: readonly string[], { names }: Columns): Record<string, unknown> | string {
  const channels: unknown[] = [];
  const address: Record<string, string> = {};
  const fields: unknown[] = [];
  const contact: Record<string, unknown> = {};
  if (cells.slice(names.length).some((cell) => cell.trim() !== "")) return "The row has more cells than the header.";
  for (const [at, column] of names.entries()) {
    const cell = cells[at]?.trim() ?? "";
    if (column === undefined || cell === "") continue;
    if (cell.includes("\u0000")) return `The cell of '${column.name}' has a sign that cannot be kept.`;
    const { kind, name } = column;
    if (kind === "channel") channels.push({ type: name, value: cell });
    else if (kind === "address") address[name] = cell;
    else if (kind === "field") fields.push({ id: Number(name), value: cell });
    else contact[name] = cell;
  }
  return {
    ...contact,
    ...(channels.length > 0 && { channels }),
    ...(Object.keys(address).length > 0 && { address }),
    ...(fields.length > 0 && { fields }),
  };
}
