import type { Instant } from "../../contract/identifiers.ts";

/** Somebody invented, and what they did before and after they said who they are. */
export interface SamplePerson {
  readonly externalCustomerId: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly languageCode: string;
  readonly signedUpAt: Instant;
  /** Where: a path of the invented shop. */
  readonly signedUpOn: string;
  /** The shop's own server knows them too. */
  readonly isCustomer: boolean;
  /** Oldest first. */
  readonly events: readonly SampleEvent[];
}

export interface SampleEvent {
  readonly at: Instant;
  readonly name: string;
  readonly path: string;
  readonly title: string | null;
  readonly properties: Readonly<Record<string, string | number>> | null;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const PEOPLE: readonly (readonly [string, string, string])[] = [
  ["Olena", "Koval", "uk"],
  ["Tomasz", "Wiśniewski", "pl"],
  ["Amelia", "Brooks", "en"],
  ["Jonas", "Lindqvist", "sv"],
  ["Sofia", "Marino", "it"],
  ["Andrii", "Shevchuk", "uk"],
  ["Claire", "Fontaine", "fr"],
  ["Mateo", "Ortega", "es"],
  ["Ingrid", "Haugen", "nb"],
  ["Daryna", "Bondar", "uk"],
  ["Lukas", "Brandt", "de"],
  ["Priya", "Nair", "en"],
  ["Katarzyna", "Nowak", "pl"],
  ["Henrik", "Olsen", "da"],
  ["Marta", "Ferreira", "pt"],
  ["Yaroslav", "Melnyk", "uk"],
  ["Emma", "de Vries", "nl"],
  ["Nils", "Berg", "sv"],
  ["Iryna", "Tkachenko", "uk"],
  ["Paul", "Keller", "de"],
  ["Aoife", "Byrne", "en"],
  ["Jakub", "Dvořák", "cs"],
  ["Chiara", "Conti", "it"],
  ["Oskar", "Virtanen", "fi"],
  ["Solomiia", "Hrytsenko", "uk"],
  ["Leo", "Martin", "fr"],
  ["Anya", "Petrova", "en"],
  ["Bohdan", "Lysenko", "uk"],
  ["Hannah", "Weiss", "de"],
  ["Diego", "Santos", "es"],
];

const PAGES: readonly (readonly [string, string])[] = [
  ["/", "Plants for every room"],
  ["/plants/monstera", "Monstera deliciosa"],
  ["/plants/string-of-pearls", "String of pearls"],
  ["/plants/olive", "Olive tree"],
  ["/pots", "Pots and saucers"],
  ["/guides/light", "How much light is enough?"],
  ["/guides/watering", "Watering, without guessing"],
  ["/sale", "End of season"],
];

/** People spread over the last four weeks, from the first to a few hours ago. The same each time, but for the moment. */
export function planSamples(now: Instant): SamplePerson[] {
  return PEOPLE.map(([firstName, lastName, languageCode], index) => {
    const signedUpAt = now - ((PEOPLE.length - index) / PEOPLE.length) * 27 * DAY - (index % 5) * 47 * MINUTE;
    const subscribes = index % 3 === 2;
    return {
      externalCustomerId: `sample-${1001 + index}`,
      email: `${plain(firstName)}.${plain(lastName)}@example.com`,
      firstName,
      lastName,
      languageCode,
      signedUpAt,
      signedUpOn: subscribes ? "/newsletter" : "/register",
      isCustomer: !subscribes,
      events: [...before(index, signedUpAt), ...after(index, { signedUpAt, now })],
    };
  });
}

/** Some come with weeks of history, some with one page; every sixth with none. */
function before(index: number, signedUpAt: Instant): SampleEvent[] {
  const visits = index % 6 === 5 ? 0 : 1 + (index % 4);
  return Array.from({ length: visits }, (_, visit) => visit).flatMap((visit) => {
    const from = signedUpAt - (visits - visit - 1) * (index % 5) * 9 * (DAY / 10) - 12 * MINUTE;
    return Array.from({ length: 2 + ((index + visit) % 4) }, (_, step) =>
      view(index * 3 + visit + step, from + step * MINUTE),
    );
  });
}

function after(
  index: number,
  { signedUpAt, now }: { readonly signedUpAt: Instant; readonly now: Instant },
): SampleEvent[] {
  const steps = Array.from({ length: index % 5 }, (_, step) => view(index + step, signedUpAt + (step + 3) * MINUTE));
  if (index % 4 !== 1) return steps;
  const at = Math.min(signedUpAt + DAY, now - MINUTE);
  const price = 9 + ((index * 7) % 40);
  return [
    ...steps,
    {
      at: at - 2 * MINUTE,
      name: "Added to cart",
      path: "/cart",
      title: null,
      properties: { sku: `P-${100 + index}`, price },
    },
    { at, name: "Ordered", path: "/cart/thanks", title: null, properties: { total: price + 4 } },
  ];
}

function view(turn: number, at: Instant): SampleEvent {
  const [path = "/", title = null] = PAGES[turn % PAGES.length] ?? [];
  return { at, name: "page", path, title, properties: null };
}

const plain = (name: string): string =>
  name
    .normalize("NFD")
    .replace(/[^A-Za-z ]/g, "")
    .replaceAll(" ", "")
    .toLowerCase();
