import { fieldNamed, targetNamed, type ImportField } from "../../server/imports/index.ts";
import { Misused } from "../outcome.ts";

/** What a word names: a field of a contact, or an additional one by its key, its name or as `field:7`. */
export function targetOf(word: string, fields: readonly ImportField[]): string {
  const byNumber = fields.find(({ id }) => `field:${id}` === word);
  const target = byNumber === undefined ? (fieldNamed(word, fields) ?? targetNamed(word)) : word;
  if (target === undefined) throw new Misused(`"${word}" is no field of a contact`);
  return target;
}

export interface Column {
  readonly name: string;
  readonly target: string | null;
}

/** `"E-mail=email,Note="`: what each column holds; a column with nothing behind the sign is left out. */
export function readMap(text: string, fields: readonly ImportField[]): ReadonlyMap<string, string | null> {
  const said = new Map<string, string | null>();
  for (const pair of text.split(",")) {
    const sign = pair.lastIndexOf("=");
    if (sign < 1) throw new Misused(`"${pair}" says nothing: --map takes column=field, separated by commas`);
    const word = pair.slice(sign + 1).trim();
    said.set(plain(pair.slice(0, sign)), word === "" ? null : targetOf(word, fields));
  }
  return said;
}

/** The columns as they were found out, but for those that were said; what a said one holds, no other does. */
export function mapColumns(columns: readonly Column[], said: ReadonlyMap<string, string | null>): (string | null)[] {
  const names = columns.map(({ name }) => plain(name));
  for (const name of said.keys())
    if (!names.includes(name))
      throw new Misused(`There is no column "${name}"; there are ${columns.map((column) => column.name).join(", ")}`);
  const taken = new Set(said.values());
  return columns.map(({ name, target }) => {
    const wanted = said.get(plain(name));
    if (wanted !== undefined) return wanted;
    return taken.has(target) ? null : target;
  });
}

const plain = (name: string): string => name.trim().toLowerCase();
