import type { CatalogueField, FieldKind, Operator, Worded } from "../../contract/segments.ts";

/** Something about a contact that a condition can ask for. */
export interface SegmentField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly label: Worded;
  /** All there are to choose from; absent: any value. */
  readonly choices?: NonNullable<CatalogueField["choices"]>;
}

const EMPTINESS = ["empty", "notEmpty"] as const;

/** In the order in which they are offered. "Is empty" and its opposite exist for every field. */
export const OPERATORS: Readonly<Record<FieldKind, readonly Operator[]>> = {
  text: ["is", "isNot", ...EMPTINESS, "contains", "containsNot", "startsWith", "endsWith"],
  address: ["is", "isNot", ...EMPTINESS, "contains", "containsNot", "startsWith", "endsWith"],
  choice: ["is", "isNot", ...EMPTINESS],
  member: ["is", "isNot", ...EMPTINESS],
  number: ["is", "isNot", "atLeast", "atMost", ...EMPTINESS],
  moment: ["inLast", "beforeLast", "on", "before", "after", ...EMPTINESS],
  day: ["on", "before", "after", "inLast", "beforeLast", "inNext", ...EMPTINESS],
  yesNo: ["yes", "no", ...EMPTINESS],
  presence: ["notEmpty", "empty"],
};

const field = (name: string, kind: FieldKind, en: string, uk: string): SegmentField => ({
  name,
  kind,
  label: { en, uk },
});

const choice = (value: string, en: string, uk: string) => ({ value, label: { en, uk } });

/** What every installation has. */
export const BUILT_IN_FIELDS: readonly SegmentField[] = [
  field("externalCustomerId", "text", "External ID", "External ID"),
  field("email", "address", "email", "email"),
  {
    ...field("emailStatus", "choice", "email status", "статус email"),
    choices: [
      choice("unconfirmed", "unconfirmed", "не підтверджено"),
      choice("confirmed", "confirmed", "підтверджено"),
      choice("unsubscribed", "unsubscribed", "відписано"),
      choice("bounced", "bounced", "не доходить"),
      choice("suppressed", "suppressed", "заборонено"),
    ],
  },
  field("phone", "address", "phone", "телефон"),
  field("firstName", "text", "first name", "ім’я"),
  field("lastName", "text", "last name", "прізвище"),
  field("languageCode", "text", "language", "мова"),
  field("timeZone", "text", "time zone", "часовий пояс"),
  field("countryCode", "text", "country", "країна"),
  field("region", "text", "region", "область"),
  field("town", "text", "town", "місто"),
  field("address", "text", "street address", "адреса"),
  field("postcode", "text", "postcode", "індекс"),
  field("createdAt", "moment", "creation date", "дата створення"),
  field("updatedAt", "moment", "date of the last update", "дата останнього оновлення"),
  {
    ...field("contactSource", "choice", "source", "джерело"),
    choices: [
      choice("TRACKER", "the tag", "тег"),
      choice("SUBSCRIPTION", "a subscription form", "форма підписки"),
      choice("Add contact API method", "your server", "ваш сервер"),
      choice("MOBILE", "the app", "застосунок"),
      choice("IMPORT", "an import", "імпорт"),
      choice("ADMIN", "the admin", "адмінпанель"),
    ],
  },
  field("device", "presence", "device", "пристрій"),
  field("pushToken", "presence", "push token", "push-токен"),
  field("list", "member", "lists", "списки"),
  field("category", "member", "subscription categories", "категорії підписки"),
];
