import { forgetMemberships, forgetReports } from "../contacts/index.ts";
import type { Transaction } from "../db/database.ts";
import { forgetAnswers } from "../db/idempotency-keys.ts";
import { forgetDevices } from "../devices/index.ts";
import { forgetExported } from "../exports/index.ts";
import {
  eraseContact,
  type ContactOrder,
  type EraseOutcome,
  type ErasedPerson,
  type IdentityDeps,
} from "../identity/index.ts";
import { forgetImportedRows } from "../imports/index.ts";
import { forgetSubscriptions } from "../subscriptions/index.ts";
import { forgetMessages } from "../visitors/index.ts";
import { knownAs } from "./known-as.ts";

export type PrivacyDeps = IdentityDeps;

/** The one way to erase somebody, whoever asks. `alongside` runs in the same transaction. */
export type ErasePerson = (
  order: ContactOrder,
  alongside?: (tx: Transaction) => Promise<void>,
) => Promise<EraseOutcome>;

/**
 * Removes a person from everything this installation keeps: identity's own tables, groups, consents, letters, devices,
 * the intake's inbox and its rejects, remembered answers; then the events. What stays are keyed hashes and the receipt.
 */
export function erasePerson(deps: PrivacyDeps): ErasePerson {
  return (order, alongside) =>
    eraseContact(deps, order, async (tx, person) => {
      await forget(tx, { person, order, deps });
      await alongside?.(tx);
    });
}

interface Erasing {
  readonly person: ErasedPerson;
  readonly order: ContactOrder;
  readonly deps: PrivacyDeps;
}

async function forget(tx: Transaction, { person, order, deps }: Erasing): Promise<void> {
  const { contactIds, visitorIds, stretches } = person;
  const { emails, namedEmails, phones, namedPhones, externalIds, deviceIds } = knownAs(person);
  await forgetMemberships(tx, contactIds);
  await forgetReports(tx, { contactIds, externalIds });
  await forgetImportedRows(tx, { emails: namedEmails, phones, externalIds });
  await forgetSubscriptions(tx, { contactIds, emails, visitorIds });
  await forgetDevices(tx, { deviceIds, contactIds });
  await forgetExported(tx, stretches);
  await forgetMessages(
    tx,
    {
      keys: { emails, phones, externalIds },
      words: { emails: namedEmails, phones: namedPhones, ids: [...externalIds, ...deviceIds], visitorIds },
      defaultCountry: deps.identity?.defaultCountry,
    },
    order.at,
  );
  // An id alone may be as short as a digit, so it counts only in quotes, as answers write it.
  const quoted = externalIds.flatMap((id) => [`'${id}'`, JSON.stringify(id)]);
  await forgetAnswers(tx, [...namedEmails, ...phones, ...quoted]);
}
