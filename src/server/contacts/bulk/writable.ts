import type { BulkField } from "../../../contract/contacts.ts";
import type { ContactDescription } from "../contact-input.ts";
import type { Additional } from "../field-input.ts";
import type { BulkOptions } from "./input.ts";

const COLUMNS = ["firstName", "lastName", "address", "town", "region", "postcode", "languageCode", "timeZone"] as const;

/** Only the fields that are listed are written; a listed one without data is emptied. */
export function writable(contact: ContactDescription, options: BulkOptions): ContactDescription {
  const { contactFields, dedupeOn } = options;
  const additional = writableAdditional(contact, options);
  if (contactFields === undefined) return { ...contact, fields: { ...contact.fields, additional } };
  const listed = (field: BulkField) => contactFields.includes(field);
  const fields: Record<string, unknown> = { additional };
  for (const name of COLUMNS) if (listed(name)) fields[name] = contact.fields[name] ?? null;
  if (listed("contactKey")) fields["attributes"] = { contactKey: contact.fields.attributes?.["contactKey"] ?? null };
  const { email, phone, ...rest } = contact;
  // What tells contacts apart is named even when it is not to be written: it finds and makes them.
  const keepsEmail = listed("email") || dedupeOn === "email" || dedupeOn === "email_or_sms";
  const keepsPhone = listed("sms") || dedupeOn === "sms" || dedupeOn === "email_or_sms";
  return {
    ...rest,
    ...(email !== undefined && keepsEmail && { email }),
    ...(phone !== undefined && keepsPhone && { phone }),
    channels: rest.channels.filter(({ type }) => type !== "viber" && listed(type)),
    fields,
  };
}

/** Those that are listed, and the one that tells contacts apart: without it a new contact would not be found again. */
function writableAdditional({ fields }: ContactDescription, { customFields, fieldId }: BulkOptions): Additional {
  return Object.fromEntries(
    Object.entries(fields.additional ?? {}).filter(
      ([id]) => Number(id) === fieldId || customFields.some((field) => field === Number(id)),
    ),
  );
}
