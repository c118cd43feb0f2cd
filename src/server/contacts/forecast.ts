import type { ContactForecast } from "../../contract/contacts.ts";
import type { Forecast } from "../identity/index.ts";

type Foreseen = Forecast & { readonly outcome: { readonly kind: "resolved" } };

/** What a request would do, in the words of the API. */
export function tellForecast({ outcome, changes, before }: Foreseen): ContactForecast {
  const { contact, created, changed, restored, matchedBy, merged, warnings } = outcome;
  return {
    dryRun: true,
    ...(contact !== "new" && { id: contact }),
    created,
    changed,
    restored,
    ...(matchedBy !== undefined && !created && { matchedBy }),
    merged: [...merged],
    warnings: [...warnings],
    fields: fieldsOf({ outcome, before, ...(changes && { changes }) }),
    identifiers: [
      ...(changes?.identifiers.drop ?? []).map(({ kind, value, owner }) => ({ kind, value, from: owner, to: null })),
      ...(changes?.identifiers.put ?? []).map(({ kind, value, from, owner }) => ({
        kind,
        value,
        from: from ?? null,
        to: owner,
      })),
    ],
    channels: (changes?.channels.put ?? []).map(({ owner, type, spelling, status, current }) => ({
      contact: owner,
      type,
      value: spelling,
      status,
      current,
    })),
    sources: (changes?.opened ?? []).map(({ kind, id, contactId, validFrom }) => ({
      kind,
      id,
      contact: contactId,
      since: Number.isFinite(validFrom) ? validFrom : null,
    })),
  };
}

function fieldsOf({ outcome, changes, before }: Foreseen): ContactForecast["fields"] {
  const then = [...(changes?.created ?? []), ...(changes?.updated ?? [])].find(({ id }) => id === outcome.contact);
  if (then === undefined) return [];
  const now = before.find(({ id }) => id === outcome.contact)?.values ?? {};
  return [...new Set([...Object.keys(now), ...Object.keys(then.values)])]
    .filter((name) => JSON.stringify(now[name]) !== JSON.stringify(then.values[name]))
    .sort()
    .map((name) => ({ name, from: now[name] ?? null, to: then.values[name] ?? null }));
}
