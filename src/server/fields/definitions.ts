import type { Field, FieldChange, NewField } from "../../contract/fields.ts";
import type { FieldId, Instant } from "../../contract/identifiers.ts";
import type { Database, Queryable } from "../db/database.ts";
import { faultsOf, tidy, type FieldFault } from "./rules.ts";
import { countFields, insertField, listFields, markDeleted, MAX_FIELDS, updateFieldRow } from "./store.ts";

export type FieldOutcome =
  | { readonly kind: "stored"; readonly field: Field }
  | { readonly kind: "unknown" }
  | { readonly kind: "refused"; readonly faults: readonly FieldFault[] };

export async function createField(db: Database, field: NewField & { readonly now: Instant }): Promise<FieldOutcome> {
  const wanted = { ...field, name: field.name.trim(), ...tidied(field) };
  const faults = faultsOf(wanted);
  if (faults.length > 0) return { kind: "refused", faults };
  if ((await countFields(db)) >= MAX_FIELDS)
    return refused(`There are ${MAX_FIELDS} fields already, which is the most.`);
  const stored = await insertField(db, wanted);
  return stored === undefined ? refused(`The key '${field.key}' is taken.`) : { kind: "stored", field: stored };
}

export async function updateField(
  db: Database,
  { fieldId, change }: { readonly fieldId: FieldId; readonly change: FieldChange },
): Promise<FieldOutcome> {
  const known = await findField(db, fieldId);
  if (known === undefined) return { kind: "unknown" };
  const { id: _number, name, ...rest } = known;
  const wanted = { ...rest, name: (change.name ?? name).trim(), ...tidied(change) };
  const faults = faultsOf({ ...rest, ...tidied(change) });
  if (faults.length > 0) return { kind: "refused", faults };
  const stored = await updateFieldRow(db, { ...wanted, id: fieldId });
  return stored === undefined ? { kind: "unknown" } : { kind: "stored", field: stored };
}

function tidied({ allowedValues }: { readonly allowedValues?: readonly string[] }) {
  return allowedValues === undefined ? {} : { allowedValues: tidy(allowedValues) };
}

export async function findField(db: Queryable, fieldId: FieldId): Promise<Field | undefined> {
  return (await listFields(db)).find(({ id }) => id === fieldId);
}

/** Something that a field is a part of. */
export interface FieldUse {
  readonly kind: "segment" | "import" | "mapping" | "export";
  /** Of what is kept under one that people are led by. */
  readonly id?: string;
  readonly name: string;
  /** It would no longer work without the field, which is not deleted meanwhile. Else it goes on without. */
  readonly hinders: boolean;
}
/** Asks one slice whether it uses a field. */
export type FindFieldUses = (db: Queryable, fieldId: FieldId) => Promise<readonly FieldUse[]>;

export type FieldRemoval =
  | { readonly kind: "deleted" }
  | { readonly kind: "unknown" }
  | { readonly kind: "inUse"; readonly uses: readonly FieldUse[] };

/** Gone from everywhere at once; the values that contacts have are removed afterwards. */
export async function deleteField(
  db: Database,
  {
    fieldId,
    now,
    users,
  }: { readonly fieldId: FieldId; readonly now: Instant; readonly users: readonly FindFieldUses[] },
): Promise<FieldRemoval> {
  const found = (await Promise.all(users.map((find) => find(db, fieldId)))).flat();
  const uses = found.filter(({ hinders }) => hinders);
  if (uses.length > 0) return { kind: "inUse", uses };
  return { kind: (await markDeleted(db, { fieldId, now })) ? "deleted" : "unknown" };
}

const refused = (message: string): FieldOutcome => ({ kind: "refused", faults: [{ field: "key", message }] });
