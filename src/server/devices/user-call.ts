import type { UserInput } from "../../contract/devices.ts";
import type { Field } from "../../contract/fields.ts";
import { addCategories, addMembers, ensureGroups, removeMembers } from "../contacts/index.ts";
import type { Transaction } from "../db/database.ts";
import { listFields, readFieldValue, type FieldValue } from "../fields/index.ts";
import type { ContactFields, IdentityDeps, Resolved, SignedOutcome } from "../identity/index.ts";
import { identifyDevice, type AppCaller } from "./identify.ts";
import { momentOf } from "./moment.ts";
import { rejectFields, type RejectedField } from "./store.ts";

/** `POST /user`: attributes, of the person who is named or, without a name, of whoever the device belongs to. */
export async function updateUser(
  deps: IdentityDeps,
  { user, caller }: { readonly user: UserInput; readonly caller: AppCaller },
): Promise<SignedOutcome> {
  const { now, siteId } = caller;
  const { email, phone, fields: said } = user.userAttributes ?? {};
  const known = said && said.length > 0 ? await listFields(deps.db) : [];
  const { additional, free, bad } = sortFields(said ?? [], known);
  return identifyDevice(
    deps,
    {
      request: {
        deviceId: user.deviceId,
        externalCustomerId: user.externalUserId,
        email,
        phone,
        fields: fieldsOf(user, { additional, free }),
        moment: momentOf(user, caller.now),
      },
      caller,
    },
    async (tx, outcome) => {
      await rejectFields(tx, { siteId, now, fields: bad });
      await join(tx, { user, outcome, caller });
    },
  );
}

interface SortedFields {
  readonly additional: Readonly<Record<string, FieldValue>>;
  /** Nobody defined a field with this key: kept as it came. */
  readonly free: Readonly<Record<string, unknown>>;
  readonly bad: readonly RejectedField[];
}

/** An app drops a refused call for good, so a value that does not fit is kept apart and the rest is carried out. */
function sortFields(said: readonly SaidField[], known: readonly Field[]): SortedFields {
  const additional: Record<string, FieldValue> = {};
  const free: Record<string, unknown> = {};
  const bad: RejectedField[] = [];
  for (const { key, value } of said) {
    const field = known.find((candidate) => candidate.key === key);
    const reading = field && readFieldValue(field, value);
    if (field === undefined) free[key] = value ?? undefined;
    else if (reading?.kind === "value") additional[field.id] = reading.value;
    else if (reading?.kind === "refused") bad.push({ key, value, reason: reading.sentence });
  }
  return { additional, free, bad };
}

type SaidField = NonNullable<NonNullable<NonNullable<UserInput["userAttributes"]>["fields"]>>[number];

function fieldsOf(
  { userAttributes }: UserInput,
  { additional, free }: Pick<SortedFields, "additional" | "free">,
): ContactFields {
  const { firstName, lastName, languageCode, timeZone, marketId, address } = userAttributes ?? {};
  const { region, town, postcode, address: street } = address ?? {};
  const attributes: Record<string, unknown> = { ...free };
  if (marketId !== undefined && marketId !== null) attributes["marketId"] = marketId === "" ? null : marketId;
  return {
    ...present({ firstName, lastName, languageCode, timeZone, region, town, postcode, address: street }),
    attributes,
    additional,
  };
}

/** `null` means "absent" on this wire and "clear" below. */
function present(fields: Readonly<Record<string, string | null | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}

async function join(
  tx: Transaction,
  { user, outcome, caller }: { readonly user: UserInput; readonly outcome: Resolved; readonly caller: AppCaller },
): Promise<void> {
  const { contactId } = outcome;
  const { now } = caller;
  const include = names(user.groupNamesInclude);
  const exclude = names(user.groupNamesExclude);
  const categories = names(user.subscriptionKeys);
  if (include.length > 0)
    await addMembers(tx, { groups: await ensureGroups(tx, { names: include, now }), contacts: [contactId], now });
  if (exclude.length > 0)
    await removeMembers(tx, { groups: await ensureGroups(tx, { names: exclude, now }), contacts: [contactId] });
  if (categories.length > 0) await addCategories(tx, { contactId, categories, now });
}

const names = (given: readonly string[] | null | undefined): string[] =>
  (given ?? []).map((name) => name.trim()).filter((name) => name !== "");
