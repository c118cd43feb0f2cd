import { afterAll, beforeAll, expect, test } from "vitest";
import { createLog } from "../../src/server/lib/log.ts";
import { createSightings, listSightings } from "../../src/server/sites/index.ts";
import { adminSite, PASSWORD, type AdminSite } from "../support/admin-site.ts";
import { testDatabase } from "../support/postgres.ts";

// What is refused whole is counted with its reason, for whoever wonders why nothing arrives.

let site: AdminSite;
beforeAll(async () => {
  site = await adminSite({ password: PASSWORD });
});
afterAll(async () => {
  await site.close();
});

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${site.url}/v1/messages`, { method: "POST", body, headers: { origin: "https://shop.example", ...headers } });
const seen = async () =>
  (await listSightings(site.db, 0)).map(({ code, siteKey, origin, times }) => [code, siteKey, origin, times]).sort();

test("wrong keys, blocked origins, broken bodies and fetched scripts are each counted with what was sent", async () => {
  const made = await site.services.sites.createSite({ name: "Shop", allowedOrigins: ["https://www.shop.example"] });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  const { siteKey } = made.site;
  const batch = (key: unknown) => JSON.stringify({ site: key, sentAt: Date.now(), messages: [{}] });
  for (let round = 0; round < 3; round += 1) expect((await post(batch("no-such-key"))).status).toBe(401);
  expect((await post(batch(siteKey))).status).toBe(403);
  expect((await post("{")).status).toBe(400);
  expect((await post("{", { origin: "null" })).status).toBe(400);
  expect((await post(batch(`<script>\u0000`))).status).toBe(401);
  const ok = { origin: "https://www.shop.example" };
  expect((await post(batch(siteKey), ok)).status).toBe(200);
  await fetch(`${site.url}/backstory.js`, { headers: { referer: "https://www.shop.example/a?b=secret" } });
  await fetch(`${site.url}/backstory.js?site=${siteKey}`, { headers: { referer: "not an address" } });
  await expect.poll(seen).toEqual([
    ["invalid_json", "", "", 1],
    ["invalid_json", "", "https://shop.example", 1],
    ["origin_not_allowed", siteKey, "https://shop.example", 1],
    ["script", "", "https://www.shop.example", 1],
    ["script", siteKey, "", 1],
    ["unknown_site", "", "https://shop.example", 1],
    ["unknown_site", "no-such-key", "https://shop.example", 3],
  ]);
});

test("however many different things strangers send, the table has an end and the counts are whole", async () => {
  const db = await testDatabase();
  const log = createLog("silent");
  const processes = [1, 2].map(() => createSightings({ db, clock: Date.now, log }));
  let sent = 0;
  for (let round = 0; round < 15; round += 1) {
    for (const [index, sightings] of processes.entries())
      for (let n = 0; n < 300; n += 1, sent += 1)
        sightings.note({
          code: "unknown_site",
          siteKey: `key-${index}-${round}-${n}`,
          origin: "https://flood.example",
        });
    await Promise.all(processes.map((sightings) => sightings.close()));
  }
  const rows = await listSightings(db, 0);
  expect(rows.length).toBeGreaterThan(900);
  // Two that write at once may each find the same room.
  expect(rows.length).toBeLessThanOrEqual(1_000 + 2 * 200);
  expect(rows.reduce((sum, { times }) => sum + times, 0)).toBe(sent);
  expect(rows.find(({ siteKey }) => siteKey === "")?.times).toBeGreaterThan(3_000);
});
