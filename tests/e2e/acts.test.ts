import { readFile } from "node:fs/promises";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { timestamp } from "../../src/server/db/database.ts";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";
import { eventually } from "../support/eventually.ts";
import { appendEvents, bind } from "../support/history.ts";

// What is done to many contacts at once, as a marketer does it: on the whole server, in a real browser.

let site: AdminSite;
let page: Page;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
  page = await site.openLoggedIn({ reducedMotion: "reduce" });
});
afterAll(async () => {
  await site.close();
});
beforeEach(async () => {
  await site.db.query("TRUNCATE act, segment, identifier, contact CASCADE");
});

/** `Person 1` is the oldest; every third one has no external id. */
async function people(count: number): Promise<void> {
  await site.db.query(
    `INSERT INTO contact (external_customer_id, first_name, last_name, contact_source, created_at, updated_at, provenance)
     SELECT CASE WHEN n % 3 > 0 THEN 'C-' || n END, 'Person', n::text, 'IMPORT', now(), now(), '{}'
     FROM generate_series(1, $1::int) n ORDER BY n`,
    [count],
  );
  await site.db.query(
    `INSERT INTO identifier (kind, value, contact_id, proof, since)
     SELECT 'external', external_customer_id, contact_id, 'server', now() FROM contact
     WHERE external_customer_id IS NOT NULL`,
  );
}

async function open(address: string, count: string): Promise<void> {
  await page.goto(`/admin${address}`);
  await page.getByText(count, { exact: true }).first().waitFor();
}
const box = (name: string) => page.getByRole("checkbox", { name: `Choose ${name}`, exact: true });
const wholePage = () => page.getByRole("checkbox", { name: "Choose all on this page" });
const bar = () => page.getByRole("region", { name: "The chosen contacts" });
const button = (name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });
const toast = (text: string) => page.locator(".toast", { hasText: text }).waitFor();
const live = async () =>
  (await site.db.query<{ n: number }>("SELECT count(*) AS n FROM contact WHERE status = 'live'"))[0]?.n;

test("those on the page or all that match: which of them is said, and chosen outright", async () => {
  await people(60);
  await open("/contacts", "60 contacts");
  expect(await bar().count()).toBe(0);
  await box("Person 60").check();
  await bar().getByText("1 chosen").waitFor();
  await wholePage().check();
  await bar().getByText("25 chosen").waitFor();
  expect(await button("25 on this page").getAttribute("aria-pressed")).toBe("true");
  await button("All 60 matching").click();
  await bar().getByText("60 chosen").waitFor();
  await bar().getByText("Everybody who matches at the moment it begins, on all pages.").waitFor();
  // One of them not: then it is those of this page.
  await box("Person 59").uncheck();
  await bar().getByText("24 chosen").waitFor();
  expect(await wholePage().evaluate((element) => (element as HTMLInputElement).indeterminate)).toBe(true);
  // They stay chosen on the next page, and another list begins with nobody.
  await page.getByRole("link", { name: "Next page" }).click();
  await box("Person 35").check();
  await bar().getByText("25 chosen").waitFor();
  await page.getByLabel("External ID", { exact: true }).selectOption({ label: "is empty" });
  await page.getByText("20 contacts found").waitFor();
  expect(await bar().count()).toBe(0);
});

test("some join a new list; the toast says how many, and takes it back", async () => {
  await people(30);
  await open("/contacts", "30 contacts");
  await box("Person 30").check();
  await box("Person 29").check();
  await button("Add to a list").click();
  await page.getByRole("heading", { name: "Add 2 contacts to a list" }).waitFor();
  await page.getByLabel("Name of the new list").fill("Guests");
  await page.getByRole("dialog").getByRole("button", { name: "Add to a list" }).click();
  await toast("2 contacts were added to “Guests”");
  expect(await bar().count()).toBe(0);

  await wholePage().check();
  await button("All 30 matching").click();
  await button("Add to a list").click();
  await page.getByRole("dialog").getByRole("button", { name: "Add to a list" }).click();
  await toast("28 contacts were added to “Guests”; 2 were in it already");
  await page.locator(".toast-undo").click();
  await toast("28 contacts were taken out of “Guests”");
  expect(await page.locator(".toast a").count()).toBe(0);
  expect(await site.db.query("SELECT count(*) AS n FROM segment_member")).toEqual([{ n: 2 }]);
});

test("who was added to a list is one step away, from the toast and for good from the bulk acts", async () => {
  await people(3);
  await open("/contacts", "3 contacts");
  for (const [name, told] of [
    ["Person 1", "1 contact was added to “Guests”"],
    ["Person 2", "1 contact was added to “Guests”; 1 was in it already"],
  ] as const) {
    await box("Person 1").check();
    if (name !== "Person 1") await box(name).check();
    await button("Add to a list").click();
    if (name === "Person 1") await page.getByLabel("Name of the new list").fill("Guests");
    await page.getByRole("dialog").getByRole("button", { name: "Add to a list" }).click();
    await toast(told);
  }
  await page.locator(".toast").getByRole("link", { name: "1 contact was added to “Guests”" }).click();
  await page.getByRole("heading", { level: 1, name: "Guests" }).waitFor();
  await page.getByText("2 contacts", { exact: true }).first().waitFor();

  await page.goto("/admin/contacts/acts");
  await page.getByRole("link", { name: "1 was in it already" }).click();
  await page.getByRole("heading", { level: 1, name: "Guests" }).waitFor();
});

test("members of a list are taken out of it together, and only there", async () => {
  await people(4);
  await site.db.query("INSERT INTO segment (name, created_at) VALUES ('Guests', now())");
  const [segment] = await site.db.query<{ id: number }>("SELECT segment_id AS id FROM segment");
  await site.db.query(
    "INSERT INTO segment_member (segment_id, contact_id, since) SELECT $1, contact_id, now() FROM contact",
    [segment?.id],
  );
  await open("/contacts", "4 contacts");
  await wholePage().check();
  await bar().waitFor();
  expect(await button("Take out of the list").count()).toBe(0);
  await open(`/segments/${segment?.id ?? 0}`, "4 contacts");
  await box("Person 4").check();
  await box("Person 1").check();
  await button("Take out of the list").click();
  await toast("2 contacts were taken out of “Guests”");
  await page.getByText("2 contacts", { exact: true }).waitFor();
});

describe("deleting", () => {
  test("asks nothing when all of them can come back, says what goes with them, and takes it back", async () => {
    await people(5);
    const [first] = await site.db.query<{ id: number }>("SELECT min(contact_id) AS id FROM contact");
    const sourceId = "visitor-of-person-01";
    await bind(site.db, { sourceId, contactId: (first?.id ?? 0) as never, boundAt: Date.now() });
    await appendEvents(
      site.db,
      [1, 2].map((hours) => ({ sourceId, at: Date.now() - hours * 3_600_000 })),
    );
    await open("/contacts", "5 contacts");
    for (const name of ["Person 1", "Person 2"]) await box(name).check();
    await bar().getByRole("button", { name: "Delete" }).click();
    await toast("2 contacts were deleted, with 2 events and 1 browser");
    await page.getByText("3 contacts", { exact: true }).waitFor();
    await page.locator(".toast-undo").click();
    await toast("2 contacts are back");
    await page.getByText("5 contacts", { exact: true }).waitFor();
  });

  test("names the numbers, and wants one typed, where some cannot come back", async () => {
    await people(5);
    await open("/contacts", "5 contacts");
    await wholePage().check();
    await bar().getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("heading", { name: "Delete 5 contacts?" }).waitFor();
    await dialog.getByText("1 of them has no external ID and cannot be restored by hand later.").waitFor();
    await dialog.getByText("4 of them can be restored.").waitFor();
    const go = dialog.getByRole("button", { name: "Delete 5 contacts" });
    expect(await go.isDisabled()).toBe(true);
    await dialog.getByLabel("Type 5 to confirm").fill("4");
    expect(await go.isDisabled()).toBe(true);
    expect(await live()).toBe(5);
    await dialog.getByLabel("Type 5 to confirm").fill("5");
    await page.keyboard.press("Enter");
    await toast("5 contacts were deleted");
    await page.locator(".toast-undo").click();
    await toast("4 contacts are back; 1 has no external ID and cannot be restored by hand");
  });

  test("of one contact says what goes with it; erasing wants its number typed and leaves nothing", async () => {
    await people(1);
    const [only] = await site.db.query<{ id: number }>("SELECT contact_id AS id FROM contact");
    const id = only?.id ?? 0;
    await bind(site.db, { sourceId: "visitor-of-person-02", contactId: id as never, boundAt: Date.now() });
    await appendEvents(site.db, [{ sourceId: "visitor-of-person-02", at: Date.now() - 3_600_000 }]);
    await page.goto(`/admin/contacts/${id}`);
    await button("Delete").click();
    await toast("Person 1 was deleted, with 1 event and 1 browser");
    await page.locator(".toast-undo").click();
    await toast("Person 1 is back");
    await button("Erase").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("What belongs to it: 1 event and 1 browser.").waitFor();
    const go = dialog.getByRole("button", { name: "Erase" });
    expect(await go.isDisabled()).toBe(true);
    await dialog.getByLabel(`Type ${id} to confirm`).fill(String(id));
    await go.click();
    await toast("The contact was erased, with 1 event and 1 browser");
    await page.goto(`/admin/contacts/${id}`);
    await page.getByText("This contact was erased. Nothing about it is kept.").waitFor();
  });
});

test("what takes long shows how far it is, goes on when the page is left, and stays in a list for good", async () => {
  await people(3_000);
  // The last part waits as long as somebody else is at one of its people.
  const other = await site.db.pool.connect();
  await other.query("BEGIN");
  await other.query("SELECT FROM contact WHERE contact_id = (SELECT max(contact_id) FROM contact) FOR UPDATE");
  try {
    await open("/contacts", "3,000 contacts");
    await wholePage().check();
    await button("All 3,000 matching").click();
    await button("Add to a list").click();
    await page.getByLabel("Name of the new list").fill("Everybody");
    await page.getByRole("dialog").getByRole("button", { name: "Add to a list" }).click();
    await bar().getByText("It goes on when you close this page.").waitFor();
    await bar()
      .getByText(/^2,500 of 3,000 contacts/)
      .waitFor();
    await page.goto("/admin/contacts/acts");
    await page.getByText(/^2,500 of 3,000 contacts/).waitFor();
  } finally {
    await other.query("ROLLBACK");
    other.release();
  }
  await page.getByText("3,000 contacts were added to “Everybody”").waitFor();
  const row = page.locator(".acts-table tbody tr").first();
  await row.getByText("finished").waitFor();
  await row.getByRole("button", { name: /^Undo/ }).click();
  await page.getByText("3,000 contacts were taken out of “Everybody”").waitFor();
  await page.getByText("takes back an earlier act").waitFor();
});

test("the chosen ones are downloaded, and nobody else", async () => {
  await people(30);
  await open("/contacts", "30 contacts");
  await box("Person 30").check();
  await box("Person 28").check();
  const rows = async () => {
    const link = bar().getByRole("link", { name: "Download CSV" });
    const [file] = await Promise.all([page.waitForEvent("download"), link.click()]);
    return (await readFile(await file.path(), "utf8")).trim().split("\n").length - 1;
  };
  expect(await rows()).toBe(2);
  await button("All 30 matching").click();
  expect(await rows()).toBe(30);
});

test("it is all done by the keyboard, and the marks do not take the keys of the list away", async () => {
  await people(3);
  await open("/contacts", "3 contacts");
  await box("Person 3").focus();
  await page.keyboard.press("Space");
  await bar().getByText("1 chosen").waitFor();
  await page.keyboard.press("/");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("type"))).toBe("search");
  // The bar stands before the boxes.
  await wholePage().focus();
  await page.keyboard.press("Shift+Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Download CSV");
});

test("whoever may only look has nothing to choose with", async () => {
  await people(3);
  await site.db.query("UPDATE admin_user SET role = 'viewer'");
  try {
    await open("/contacts", "3 contacts");
    await page.locator(".contacts-table").waitFor();
    expect(await page.getByRole("checkbox").count()).toBe(0);
  } finally {
    await site.db.query("UPDATE admin_user SET role = 'owner'");
  }
});

const LOOKS = [
  ["on a desktop, light", { viewport: { width: 1280, height: 860 }, colorScheme: "light" }],
  ["on a phone, dark, in Ukrainian", { viewport: { width: 360, height: 780 }, colorScheme: "dark", locale: "uk-UA" }],
] as const;

describe.each(LOOKS)("%s", (_, options) => {
  test("the bar, its dialogs and the list of acts are whole and can be used by everybody", async () => {
    await people(30);
    await site.db.query(
      `INSERT INTO act (kind, state, scope, segment_id, segment_name, actor, contacts, done, counts, error, created_at, touched_at, finished_at)
       VALUES ('join', 'failed', 'matching', 7, $1, 'admin:admin', 100000, 55500, '{"changed": 50000, "already": 5499, "failed": 1}', 'listGone', $2, $2, $2),
              ('delete', 'running', 'matching', NULL, NULL, 'admin:admin', 100000, 55500, '{"changed": 55500}', NULL, $2, $2, NULL),
              ('delete', 'finished', 'named', NULL, NULL, 'admin:admin', 5, 5, '{"changed": 5}', NULL, $2, $2, $2)`,
      ["A list with a name that is rather longer than the names of lists are", timestamp(Date.now() - 60_000)],
    );
    const phone = await site.openLoggedIn({ ...options, reducedMotion: "reduce" });
    const good = async () => {
      const { violations } = await new AxeBuilder({ page: phone }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      const { width, room } = await phone.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        room: document.documentElement.clientWidth,
      }));
      expect(width).toBeLessThanOrEqual(room);
    };
    await phone.goto("/admin/contacts");
    await phone.locator(".contacts-table tbody .choose input").first().check();
    await phone.locator(".bulk-acts").waitFor();
    await phone.locator(".bulk-scope button").last().click();
    await good();
    await phone.locator(".bulk-acts button").first().click();
    await phone.locator("dialog form").waitFor();
    await good();
    await phone.keyboard.press("Escape");
    await phone.locator(".bulk-acts button").nth(1).click();
    await phone.locator("dialog .button.danger").waitFor();
    await good();
    await phone.goto("/admin/contacts/acts");
    await phone.locator(".acts-table").waitFor();
    await good();
    await site.db.query("DELETE FROM act");
    await eventually(async () => {
      await phone.goto("/admin/contacts/acts");
      expect(await phone.locator(".empty").count()).toBe(1);
    });
    await good();
    await phone.context().close();
  });
});
