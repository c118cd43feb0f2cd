import type { Page } from "playwright";

export interface Screen {
  readonly name: string;
  readonly address: string;
  /** What must be there before the picture is taken. */
  readonly sign: string;
  act?(page: Page): Promise<void>;
}

/** Before anybody is logged in. */
export const DOOR: readonly Screen[] = [{ name: "login", address: "/", sign: "[name=password]" }];

/** Of an installation where nothing has happened yet. */
export const FIRST: readonly Screen[] = [
  { name: "first-overview", address: "/", sign: ".steps" },
  { name: "first-site", address: "/sites/1", sign: ".snippet" },
  { name: "first-contacts", address: "/contacts", sign: ".empty" },
  { name: "first-segments", address: "/segments", sign: ".empty" },
  { name: "first-imports", address: "/imports", sign: ".empty" },
  { name: "first-exports", address: "/exports", sign: ".empty" },
  { name: "first-live", address: "/live", sign: "main h1" },
  { name: "first-mail", address: "/mail", sign: "main h1" },
  { name: "first-keys", address: "/keys", sign: "main h1" },
  { name: "first-subscriptions", address: "/contacts/subscriptions", sign: ".status-tiles" },
];

/** Of the invented shop. */
export const FILLED: readonly Screen[] = [
  { name: "overview", address: "/", sign: ".plot canvas" },
  { name: "contacts", address: "/contacts", sign: ".contacts-table" },
  {
    name: "contacts-chosen",
    address: "/contacts",
    sign: ".contacts-table",
    act: async (page) => {
      await page.locator(".contacts-table tbody .choose input").first().check();
      await page.locator(".bulk-scope button").last().click();
      await page.waitForSelector(".bulk-acts");
    },
  },
  { name: "contacts-narrowed", address: "/contacts?externalId=empty", sign: ".chip" },
  { name: "contact-beside", address: "/contacts?open=1", sign: ".beside .landmark" },
  { name: "contact", address: "/contacts/1", sign: ".landmark" },
  { name: "why-one-contact", address: "/contacts/1?view=why", sign: ".why" },
  { name: "subscriptions", address: "/contacts/subscriptions", sign: ".subscriptions-table" },
  { name: "live", address: "/live", sign: ".live-message" },
  { name: "claims", address: "/contacts/claims", sign: ".claim" },
  { name: "segments", address: "/segments", sign: ".segments-table" },
  { name: "segment", address: "/segments/1", sign: ".segment-members .row-link" },
  { name: "segment-kinds", address: "/segments/new", sign: ".segment-kinds" },
  {
    name: "segment-builder",
    address: "/segments/new?kind=dynamic",
    sign: "main h1",
    act: async (page) => {
      await page.getByRole("button", { name: /^Fields/ }).click();
      await page.getByRole("button", { name: "External ID", exact: true }).click();
      await page.getByRole("button", { name: "is empty", exact: true }).click();
      await page.waitForSelector(".sample .row-link");
    },
  },
  { name: "import", address: "/imports/new", sign: ".import-drop" },
  { name: "new-export", address: "/exports/new", sign: "main form" },
  { name: "sites", address: "/sites", sign: ".site-row" },
  { name: "site", address: "/sites/1", sign: ".snippet" },
  { name: "mail", address: "/mail", sign: ".letters" },
  {
    name: "letter",
    address: "/mail",
    sign: ".letters",
    act: async (page) => {
      await page.locator(".letters a").first().click();
      await page.waitForSelector(".letter-text");
    },
  },
  { name: "settings", address: "/settings", sign: ".setting" },
  { name: "keys", address: "/keys", sign: ".table" },
  { name: "users", address: "/users", sign: ".table" },
  { name: "fields", address: "/contacts/fields", sign: ".fields-table" },
  { name: "rejected", address: "/sites/rejected", sign: "main h2" },
  {
    name: "finder",
    address: "/contacts",
    sign: ".contacts-table",
    act: async (page) => {
      await page.keyboard.press("Control+k");
      await page.waitForSelector(".finder");
      await page.keyboard.type("an");
      await page.locator(".find-note").first().waitFor();
    },
  },
];

/** Of files at different steps. */
export const IMPORTS: readonly Screen[] = [
  { name: "imports", address: "/imports", sign: ".imports-table" },
  { name: "import-columns", address: "/imports/3", sign: ".import-mapping" },
  { name: "import-check", address: "/imports/2", sign: ".import-result" },
  { name: "import-finished", address: "/imports/1", sign: ".import-result" },
];

/** Of an export that has run. */
export const EXPORTS: readonly Screen[] = [
  { name: "exports", address: "/exports", sign: ".site-row" },
  {
    name: "export",
    address: "/exports",
    sign: ".site-row",
    act: async (page) => {
      await page.locator(".site-row").click();
      await page.locator(".run-log summary").first().click();
    },
  },
];
