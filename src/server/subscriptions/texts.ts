import type { Language } from "../mail/index.ts";

/** What a page says, and the one thing it lets the reader do. */
export interface PageText {
  readonly heading: string;
  readonly paragraphs: readonly string[];
  /** The button that posts the page's own address. */
  readonly button?: string;
  /** The quiet link beside it, or the way back to the site. */
  readonly link?: string;
}

/** Everything the public pages and the confirmation mail say. `site` is the site's name, `address` a masked address. */
export interface Texts {
  ask(site: string, address: string): PageText;
  confirmed(site: string, address: string): PageText;
  unknown(): PageText;
  askRefusal(site: string, address: string): PageText;
  refused(site: string): PageText;
  /** `null`: the address itself was erased. */
  askUnsubscribe(address: string | null): PageText;
  unsubscribed(address: string | null): PageText;
  unknownUnsubscribe(): PageText;
  trouble(): PageText;
  mail(site: string): {
    readonly subject: string;
    readonly why: string;
    readonly ask: string;
    readonly button: string;
    readonly life: string;
    readonly notMe: string;
    readonly refuse: string;
    readonly silence: string;
  };
}

const en: Texts = {
  ask: (site, address) => ({
    heading: "One more step",
    paragraphs: [`Confirm that ${address} is your address and that you want messages from ${site}.`],
    button: "Confirm my address",
    link: "It wasn’t me",
  }),
  confirmed: (site, address) => ({
    heading: "Your address is confirmed",
    paragraphs: [`Thank you. From now on ${site} may write to ${address}.`],
    link: `Back to ${site}`,
  }),
  unknown: () => ({
    heading: "This link does not work any more",
    paragraphs: [
      "It may be older than 7 days, a newer one may have replaced it, or it was not copied in full.",
      "To start again, fill in the form on the site once more and use the link in the new message.",
    ],
  }),
  askRefusal: (site, address) => ({
    heading: "Wasn’t it you?",
    paragraphs: [
      `Somebody entered ${address} on ${site}. Delete the request, and ${site} will not write to you because of it.`,
    ],
    button: "Delete the request",
  }),
  refused: (site) => ({
    heading: "The request is deleted",
    paragraphs: ["Nothing was subscribed. There is nothing else you need to do."],
    link: `Go to ${site}`,
  }),
  askUnsubscribe: (address) => ({
    heading: "Unsubscribe?",
    paragraphs: [`No more newsletters will be sent to ${address ?? "this address"}.`],
    button: "Unsubscribe",
  }),
  unsubscribed: (address) => ({
    heading: "You are unsubscribed",
    paragraphs: [
      `No more newsletters will be sent to ${address ?? "this address"}.`,
      "Messages that are on their way already may still arrive.",
    ],
  }),
  unknownUnsubscribe: () => ({
    heading: "This link does not work",
    paragraphs: ["It may not have been copied in full. Please open the link in the latest message you received."],
  }),
  trouble: () => ({
    heading: "That did not work",
    paragraphs: ["Nothing was changed. Please open the link again in a few minutes."],
  }),
  mail: (site) => ({
    subject: `Confirm your address for ${site}`,
    why: `This address was entered on ${site} to receive its messages.`,
    ask: "Please confirm that it was you:",
    button: "Confirm my address",
    life: "The link works for 7 days.",
    notMe: "Wasn’t it you?",
    refuse: "Delete the request",
    silence: `If you do nothing, ${site} will not write to you because of this request.`,
  }),
};

const uk: Texts = {
  ask: (site, address) => ({
    heading: "Залишився один крок",
    paragraphs: [`Підтвердьте, що ${address} – ваша адреса і що ви хочете отримувати листи від «${site}».`],
    button: "Підтвердити адресу",
    link: "Це не я",
  }),
  confirmed: (site, address) => ({
    heading: "Адресу підтверджено",
    paragraphs: [`Дякуємо! Відтепер «${site}» може писати на адресу ${address}.`],
    link: `Повернутися до «${site}»`,
  }),
  unknown: () => ({
    heading: "Це посилання більше не працює",
    paragraphs: [
      "Можливо, йому понад 7 днів, його замінило новіше або його скопійовано не повністю.",
      "Щоб почати знову, ще раз заповніть форму на сайті та скористайтеся посиланням із нового листа.",
    ],
  }),
  askRefusal: (site, address) => ({
    heading: "Це були не ви?",
    paragraphs: [
      `Хтось указав ${address} на сайті «${site}». Видаліть запит, і «${site}» не писатиме вам через нього.`,
    ],
    button: "Видалити запит",
  }),
  refused: (site) => ({
    heading: "Запит видалено",
    paragraphs: ["Підписку не оформлено. Більше нічого робити не потрібно."],
    link: `Перейти до «${site}»`,
  }),
  askUnsubscribe: (address) => ({
    heading: "Відписатися?",
    paragraphs: [`На ${address === null ? "цю адресу" : `адресу ${address}`} більше не надходитимуть розсилки.`],
    button: "Відписатися",
  }),
  unsubscribed: (address) => ({
    heading: "Ви відписалися",
    paragraphs: [
      `На ${address === null ? "цю адресу" : `адресу ${address}`} більше не надходитимуть розсилки.`,
      "Листи, які вже в дорозі, ще можуть надійти.",
    ],
  }),
  unknownUnsubscribe: () => ({
    heading: "Це посилання не працює",
    paragraphs: ["Можливо, його скопійовано не повністю. Відкрийте посилання з останнього отриманого листа."],
  }),
  trouble: () => ({
    heading: "Не вдалося",
    paragraphs: ["Нічого не змінено. Відкрийте посилання ще раз за кілька хвилин."],
  }),
  mail: (site) => ({
    subject: `Підтвердьте свою адресу для «${site}»`,
    why: `Цю адресу вказали на сайті «${site}», щоб отримувати його листи.`,
    ask: "Підтвердьте, будь ласка, що це були ви:",
    button: "Підтвердити адресу",
    life: "Посилання діє 7 днів.",
    notMe: "Це були не ви?",
    refuse: "Видалити запит",
    silence: `Якщо нічого не робити, «${site}» не писатиме вам через цей запит.`,
  }),
};

export const TEXTS: Readonly<Record<Language, Texts>> = { en, uk };
