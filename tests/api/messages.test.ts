import { expect, test } from "vitest";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { batch, countOf, intake, page, send } from "./messages-intake.ts";

test("a batch is stored before it is acknowledged, and makes no contact", async () => {
  const { app, db, site } = await intake();
  const answer = await send(
    app,
    batch(site, [
      page({ title: "Home", referrer: "https://search.example/", properties: { a: 1 } }),
      page({ type: "track", name: "Added to cart", properties: { sku: "kettle", price: 39.5 } }),
    ]),
  );
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ accepted: 2, rejected: [] });
  expect(
    await db.query(
      "SELECT source_kind, source_id, name, title, url, properties, trust, attachable FROM event ORDER BY name",
    ),
  ).toEqual([
    expect.objectContaining({
      sourceKind: "visitor",
      sourceId: "visitor-1",
      name: "Added to cart",
      properties: { sku: "kettle", price: 39.5 },
      trust: "browser",
    }),
    expect.objectContaining({
      name: "page",
      title: "Home",
      url: "https://shop.example/",
      properties: { a: 1 },
      attachable: true,
    }),
  ]);
  expect(await countOf(db, "contact")).toBe(0);
});

test("a bad message is rejected by itself with its place and a reason, and the rest is stored", async () => {
  const { app, db, site } = await intake();
  const answer = await send(
    app,
    batch(site, [
      page(),
      { type: "teleport" },
      { type: "subscribe", id: uuidv7(Date.now()), visitorId: "visitor-1", at: Date.now(), email: "nobody.example" },
      page({ visitorId: "x" }),
      page({ id: "1" }),
      page({ type: "track" }),
      "text",
      page({ title: 7 }),
      page(),
    ]),
  );
  expect(answer.body).toEqual({
    accepted: 2,
    rejected: [
      {
        index: 1,
        code: "unknown_type",
        reason: `There is no message type "teleport"; known are page, track, identify, subscribe, consent, reset.`,
      },
      { index: 2, code: "invalid_email", reason: `"email" is not an email address that mail can be sent to.` },
      { index: 3, code: "invalid_visitor_id", reason: `"visitorId" must be 8 to 64 letters, digits, "_" or "-".` },
      {
        index: 4,
        code: "invalid_id",
        reason: `"id" must be a UUID of version 7 in lower case, made once for each message.`,
      },
      { index: 5, code: "invalid_message", reason: `"name" is missing.` },
      { index: 6, code: "invalid_message", reason: "A message must be an object." },
      { index: 7, code: "invalid_message", reason: `"title" must be of type string.` },
    ],
  });
  expect(await countOf(db, "event")).toBe(2);
  const kept = await db.query<{ code: string; message: unknown }>(
    "SELECT code, message FROM rejected ORDER BY rejected_id",
  );
  expect(kept).toHaveLength(7);
  expect(kept[0]).toEqual({ code: "unknown_type", message: { type: "teleport" } });
});

test("a wrong site key is told so, and nothing is stored", async () => {
  const { app, db } = await intake();
  const answer = await send(app, JSON.stringify({ site: "no-such-site", sentAt: 1, messages: [page()] }));
  expect(answer.status).toBe(401);
  expect(answer.body).toMatchObject({ code: "unknown_site", detail: expect.stringContaining("no site with this key") });
  expect(await countOf(db, "event")).toBe(0);
});

test("a site key that cannot be checked is our failure and worth another try", async () => {
  const { app, site } = await intake({
    sites: { findSiteByKey: () => Promise.reject(new Error("down")), noteFirstEvent: () => Promise.resolve() },
  });
  const answer = await send(app, batch(site, [page()]));
  expect(answer.status).toBe(503);
  expect(answer.headers["retry-after"]).toBe("2");
});

test("75. the same message id on two sites is two events, and on one site it is one", async () => {
  const { app, db, site, otherSite } = await intake();
  const message = page();
  for (const target of [site, otherSite, site, otherSite]) {
    expect((await send(app, batch(target, [message, message]))).body).toEqual({ accepted: 2, rejected: [] });
  }
  const stored = await db.query<{ siteId: number }>("SELECT site_id FROM event");
  expect(stored.map(({ siteId }) => siteId).sort()).toEqual([site.siteId, otherSite.siteId].sort());
});
