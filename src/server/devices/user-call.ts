import type { UserInput } from "../../contract/devices.ts";
import { addCategories, addMembers, ensureGroups, removeMembers } from "../contacts/index.ts";
import type { Transaction } from "../db/database.ts";
import type { ContactFields, IdentityDeps, Resolved, SignedOutcome } from "../identity/index.ts";
import { identifyDevice, type AppCaller } from "./identify.ts";
import { momentOf } from "./moment.ts";

/** `POST /user`: attributes, of the person who is named or, without a name, of whoever the device belongs to. */
export function updateUser(
  deps: IdentityDeps,
  { user, caller }: { readonly user: UserInput; readonly caller: AppCaller },
): Promise<SignedOutcome> {
  const { email, phone } = user.userAttributes ?? {};
  return identifyDevice(
    deps,
    {
      request: {
        deviceId: user.deviceId,
        externalCustomerId: user.externalUserId,
        email,
        phone,
        fields: fieldsOf(user),
        moment: momentOf(user, caller.now),
      },
      caller,
    },
    (tx, outcome) => join(tx, { user, outcome, caller }),
  );
}

function fieldsOf({ userAttributes }: UserInput): ContactFields {
  const { firstName, lastName, languageCode, timeZone, marketId, address, fields } = userAttributes ?? {};
  const { region, town, postcode, address: street } = address ?? {};
  const attributes: Record<string, unknown> = {};
  for (const { key, value } of fields ?? []) if (value !== undefined && value !== null) attributes[key] = value;
  if (marketId !== undefined && marketId !== null) attributes["marketId"] = marketId === "" ? null : marketId;
  return {
    ...present({ firstName, lastName, languageCode, timeZone, region, town, postcode, address: street }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
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
