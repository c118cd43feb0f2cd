/** What can be wrong with a row, or worth knowing. `{value}` and `{column}` are filled in. */
const TEXTS = {
  no_key_value: {
    en: ["The cell that tells contacts apart is empty.", "Fill in {column}, or choose another unique field."],
    uk: ["Клітинка, що розрізняє контакти, порожня.", "Заповніть {column} або виберіть інше унікальне поле."],
  },
  no_identifier: {
    en: ["Nothing in the row says who this is.", "Fill in an External ID, an email or a phone."],
    uk: ["Ніщо в рядку не каже, хто це.", "Заповніть External ID, пошту або телефон."],
  },
  blocked_external_id: {
    en: ["“{value}” stands for nobody in particular.", "Put the person's own id there, or leave the cell empty."],
    uk: ["«{value}» не позначає жодної окремої людини.", "Впишіть власний id людини або лишіть клітинку порожньою."],
  },
  invalid_email: {
    en: ["“{value}” is not an email address.", "Correct it: it needs one @ and a domain, like ann@example.org."],
    uk: ["«{value}» — не адреса електронної пошти.", "Виправте: потрібні один знак @ і домен, як-от ann@example.org."],
  },
  invalid_phone: {
    en: ["“{value}” is not a phone number.", "Add the country code (+380…), or set the default country."],
    uk: ["«{value}» — не номер телефону.", "Додайте код країни (+380…) або вкажіть країну за умовчанням."],
  },
  invalid_id: {
    en: ["“{value}” is not a contact id.", "A contact id is a whole number, as the admin and the API show it."],
    uk: ["«{value}» — не id контакту.", "Id контакту — ціле число, як у адмінці та API."],
  },
  unknown_contact: {
    en: [
      "There is no contact with the id {value}.",
      "Correct the id, or choose another unique field to create contacts.",
    ],
    uk: ["Немає контакту з id {value}.", "Виправте id або виберіть інше унікальне поле, щоб створювати контакти."],
  },
  ambiguous: {
    en: [
      "Several contacts have “{value}” there, so it is not clear who is meant.",
      "Use a field that only one contact has.",
    ],
    uk: [
      "Кілька контактів мають там «{value}», тож неясно, кого мають на увазі.",
      "Візьміть поле, яке має лише один контакт.",
    ],
  },
  external_id_taken: {
    en: ["The External ID “{value}” belongs to another contact.", "Correct the id, or merge the two contacts first."],
    uk: ["External ID «{value}» належить іншому контакту.", "Виправте id або спершу об'єднайте ці два контакти."],
  },
  external_id_immutable: {
    en: ["The contact has another External ID than “{value}”.", "Correct the id, or tick “Replace External IDs”."],
    uk: ["Контакт має інший External ID, ніж «{value}».", "Виправте id або позначте «Замінювати External ID»."],
  },
  external_id_too_long: {
    en: [
      "“{value}” is too long for an External ID.",
      "It has room for 128 bytes. Shorten it, here and where it is from.",
    ],
    uk: ["«{value}» задовге для External ID.", "Має бути не більше 128 байтів. Скоротіть його тут і там, звідки він."],
  },
  rounded: {
    en: [
      "“{value}” is a long number that a spreadsheet has rounded: its last digits are lost.",
      "Give the column the format Text in the spreadsheet, put the original values there again, and save it anew.",
    ],
    uk: [
      "«{value}» — довге число, яке округлила електронна таблиця: останні цифри втрачено.",
      "Задайте стовпцю формат «Текст» у таблиці, внесіть початкові значення ще раз і збережіть.",
    ],
  },
  // Files that were read before a reason was told for each kind of value.
  invalid_value: {
    en: ["“{value}” does not fit {column}.", "Correct the cell, or leave it empty."],
    uk: ["«{value}» не підходить для {column}.", "Виправте клітинку або лишіть її порожньою."],
  },
  invalid_language: {
    en: ["“{value}” is not a language code.", "Write it in letters like uk or pt-BR, or leave the cell empty."],
    uk: ["«{value}» — не код мови.", "Впишіть літери, як-от uk або pt-BR, чи лишіть клітинку порожньою."],
  },
  invalid_country: {
    en: ["“{value}” is not a country code.", "Write the two letters, like UA or PL, or leave the cell empty."],
    uk: ["«{value}» — не код країни.", "Впишіть дві літери, як-от UA або PL, чи лишіть клітинку порожньою."],
  },
  invalid_time_zone: {
    en: ["“{value}” is not a time zone.", "Write a name like Europe/Kyiv, or leave the cell empty."],
    uk: ["«{value}» — не часовий пояс.", "Впишіть назву, як-от Europe/Kyiv, або лишіть клітинку порожньою."],
  },
  invalid_text: {
    en: ["The text for {column} is too long.", "It has room for 4,000 characters. Shorten it."],
    uk: ["Текст для {column} задовгий.", "Має бути не більше 4000 знаків. Скоротіть його."],
  },
  invalid_number: {
    en: [
      "“{value}” is not a number that fits {column}.",
      "Write it like 1234.5, with at most 15 digits, or leave the cell empty.",
    ],
    uk: ["«{value}» — не число для {column}.", "Впишіть як 1234.5, не більше 15 цифр, або лишіть клітинку порожньою."],
  },
  invalid_date: {
    en: [
      "“{value}” is not a day that can be read for certain.",
      "Write it like 2001-02-28 or 28.02.2001, say how dates with slashes are meant, or leave the cell empty.",
    ],
    uk: [
      "«{value}» — не день, який можна прочитати напевно.",
      "Впишіть як 2001-02-28 або 28.02.2001, вкажіть, як читати дати з рисками, або лишіть клітинку порожньою.",
    ],
  },
  invalid_boolean: {
    en: ["“{value}” says neither yes nor no.", "Write yes or no, true or false, 1 or 0, or leave the cell empty."],
    uk: ["«{value}» не означає ні «так», ні «ні».", "Впишіть так чи ні, true чи false, 1 чи 0, або лишіть порожньою."],
  },
  invalid_choice: {
    en: [
      "“{value}” is none of the values of {column}.",
      "Correct it, or add it to the values of the field in the settings.",
    ],
    uk: ["«{value}» немає серед значень {column}.", "Виправте або додайте його до значень поля в налаштуваннях."],
  },
  too_long: {
    en: ["The text for {column} is too long.", "Shorten it."],
    uk: ["Текст для {column} задовгий.", "Скоротіть його."],
  },
  unreadable: {
    en: ["There are signs that cannot be read.", "Choose another encoding, or correct the cell."],
    uk: ["Тут є знаки, які неможливо прочитати.", "Виберіть інше кодування або виправте клітинку."],
  },
  too_many_cells: {
    en: ["The row has more cells than the file has columns.", "Put the value that holds the delimiter into quotes."],
    uk: ["У рядку більше клітинок, ніж у файлі стовпців.", "Візьміть у лапки значення, що містить роздільник."],
  },
  deleted: {
    en: ["The contact is deleted and was left so.", "Choose to restore deleted contacts, if it should come back."],
    uk: ["Контакт видалено, і його лишили видаленим.", "Виберіть відновлення видалених, якщо він має повернутися."],
  },
  erased: {
    en: [
      "This person was erased; an import does not bring anybody back.",
      "Only the person can come back, by signing up.",
    ],
    uk: ["Цю людину стерто; імпорт нікого не повертає.", "Повернутися може лише сама людина, зареєструвавшись."],
  },
  not_applied: {
    en: ["The row could not be applied.", "Try it again; if it fails again, look into the server's log."],
    uk: ["Рядок не вдалося застосувати.", "Спробуйте ще раз; якщо знову не вийде, гляньте в журнал сервера."],
  },
  repeated: {
    en: ["“{value}” stood on line {column} already: the later row wins.", "One contact was made of both lines."],
    uk: ["«{value}» вже було в рядку {column}: перемагає пізніший рядок.", "З обох рядків вийшов один контакт."],
  },
  email_in_use: {
    en: ["Another contact is found by “{value}”.", "The address was kept here as well, without finding this contact."],
    uk: ["За «{value}» знаходять інший контакт.", "Адресу збережено й тут, але цей контакт за нею не шукають."],
  },
  phone_in_use: {
    en: ["Another contact is found by “{value}”.", "The number was kept here as well, without finding this contact."],
    uk: ["За «{value}» знаходять інший контакт.", "Номер збережено й тут, але цей контакт за ним не шукають."],
  },
  blocked_identifier: {
    en: ["“{value}” stands for nobody in particular and was left out.", "Put the person's own value there."],
    uk: ["«{value}» не позначає жодної окремої людини, тож його пропущено.", "Впишіть власне значення людини."],
  },
  external_id_case_variant: {
    en: [
      "Another External ID differs from “{value}” only in letter case.",
      "If it is one person, correct the case and merge them.",
    ],
    uk: [
      "Інший External ID відрізняється від «{value}» лише регістром.",
      "Якщо це одна людина, виправте регістр і об'єднайте.",
    ],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<"en" | "uk", readonly [reason: string, hint: string]>>>>;

export type FaultCode = keyof typeof TEXTS;
export type FaultLanguage = "en" | "uk";

export interface Fault {
  readonly code: FaultCode;
  /** The column as the file calls it. */
  readonly column?: string | undefined;
  readonly value?: string | undefined;
}

/** What happened, and what to do about it. */
export function tellFault({ code, column, value }: Fault, language: FaultLanguage): { reason: string; hint: string } {
  const [reason, hint] = TEXTS[code][language];
  const fill = (text: string) =>
    text.replace(/\{(value|column)\}/g, (_, name) => (name === "value" ? value : column) ?? "");
  return { reason: fill(reason), hint: fill(hint) };
}
