import type { ContactAnswer, ContactOutput } from "../../contract/contacts.ts";
import { writeFieldValue } from "../fields/index.ts";
import type { Refused, Resolved } from "../identity/index.ts";
import type { ContactRecord } from "./store.ts";

/** A plain create answers the id alone: that is all that most callers read. */
export function answerOf(outcome: Resolved): ContactAnswer {
  const { contactId, created, changed, restored, merged, matchedBy, warnings } = outcome;
  return {
    id: contactId,
    ...(matchedBy !== undefined && !created && { matchedBy }),
    ...(!changed && { changed: false as const }),
    ...(restored && { restored: true as const }),
    ...(merged.length > 0 && { merged: [...merged] }),
    ...(warnings.length > 0 && { warnings: [...warnings] }),
  };
}

/** The sentences that the wire fixes; the others are identity's own, with their code. */
export function sentenceOf({ code, message }: Refused): string {
  if (code === "external_id_immutable") return `externalCustomerId can't be changed (${code})`;
  if (code === "identifier_mismatch") return `externalCustomerId is already used by another contact (${code})`;
  return message.endsWith(`(${code})`) ? message : `${message} (${code})`;
}

/** A contact as it goes out: empty fields are left out, phones have no plus. */
export function contactOutput(record: ContactRecord): ContactOutput {
  const { id, externalCustomerId, firstName, lastName, languageCode, timeZone, attributes, channels, groups } = record;
  const { region, town, address, postcode, countryCode } = record;
  const { contactKey } = attributes;
  const fields = record.knownFields.flatMap(({ id: field }) => {
    const value = record.fields[field];
    return value === undefined ? [] : [{ id: field, value: writeFieldValue(value) }];
  });
  const postal = withoutNull({ region, town, address, postcode, countryCode });
  return {
    ...withoutNull({ externalCustomerId, firstName, lastName, languageCode, timeZone }),
    ...(typeof contactKey === "string" && { contactKey }),
    ...(Object.keys(postal).length > 0 && { address: postal }),
    ...(channels.length > 0 && { channels: channels.map(channelOutput) }),
    ...(fields.length > 0 && { fields }),
    addressBookId: 1,
    id,
    ...(groups.length > 0 && { groups: [...groups] }),
  };
}

function channelOutput({ type, value, spelling, details }: ContactRecord["channels"][number]) {
  if (type === "sms") return { type, value: value.replace(/^\+/, "") };
  if (type === "mobilepush" && details !== null) return { type, value: spelling, device: details };
  if (type === "webpush" && details !== null) return { type, value: spelling, webPushSubscription: details };
  return { type, value: spelling };
}

function withoutNull<Fields extends Record<string, string | null>>(
  fields: Fields,
): { [Name in keyof Fields]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [Name in keyof Fields]?: string;
  };
}
