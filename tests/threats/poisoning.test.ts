import { beforeAll, expect, test } from "vitest";
import { backstory } from "../support/cli.ts";
import { intake, batch, page, send, type Intake } from "../api/messages-intake.ts";
import { basic } from "../support/contact-api.ts";
import { createApiKey } from "../../src/server/db/api-keys.ts";

// Whoever reads the public key out of a page can invent visits. It cannot be prevented; it can be told and undone.

const FORGED = 10_000;
const A_BATCH = 200;

let world: Intake;
let place: Record<string, string>;
beforeAll(async () => {
  world = await intake();
  place = { DATABASE_URL: world.db.url, SECRET_KEY: "a secret of at least thirty-two characters" };
});

async function forge(count: number, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
  for (let sent = 0; sent < count; sent += A_BATCH) {
    const messages = Array.from({ length: Math.min(A_BATCH, count - sent) }, (_, index) =>
      page({ visitorId: `forged-${(sent + index) % 97}`, url: `https://shop.example/${sent + index}`, ...fields }),
    );
    const { status, body } = await send(world.app, batch(world.site, messages));
    expect([status, body]).toEqual([200, { accepted: messages.length, rejected: [] }]);
  }
}

const kept = async (): Promise<Record<string, number>> => {
  const rows = await world.db.query<{ trust: string; count: number }>(
    "SELECT trust::text AS trust, count(*) AS count FROM event GROUP BY 1",
  );
  return Object.fromEntries(rows.map(({ trust, count }) => [trust, count]));
};

test("T2: ten thousand forged events say that a browser told them, and go with one command; what others told stays", async () => {
  const begun = new Date(Date.now() - 1_000).toISOString();
  await send(world.app, batch(world.otherSite, [page({ visitorId: "visitor-of-another-site" })]));
  const { secret } = await createApiKey(world.db, {
    name: "shop",
    scopes: ["events", "contacts:write"],
    now: Date.now(),
  });
  const email = "ann@shop.example";
  for (const [url, payload] of [
    ["/api/v1/contact", { channels: [{ type: "email", value: email }] }],
    ["/api/v1/event", { eventTypeKey: "Order", keyValue: email, params: [{ name: "email", value: email }] }],
  ] as const) {
    const headers = { authorization: basic(secret) };
    const { statusCode } = await world.app.inject({ method: "POST", url, headers, payload });
    expect([url, statusCode]).toEqual([url, 200]);
  }
  await forge(FORGED);
  const before = await kept();
  expect(before["browser"]).toBe(FORGED + 1);

  const words = ["event", "remove", "--site", world.site.siteKey, "--from", begun, "--json"];
  const tried = await backstory([...words, "--dry-run"], place);
  expect([tried.code, JSON.parse(tried.out)]).toEqual([0, { events: FORGED, removed: false }]);
  expect(await kept()).toEqual(before);

  const done = await backstory(words, place);
  expect([done.code, JSON.parse(done.out)]).toEqual([0, { events: FORGED, removed: true }]);
  expect(await kept()).toEqual({ ...before, browser: 1 });
  expect(
    await world.db.query("SELECT site_id, actor, filter, events, finished_at IS NOT NULL AS done FROM event_removal"),
  ).toEqual([
    { siteId: world.site.siteId, actor: "command line", filter: { from: begun }, events: FORGED, done: true },
  ]);
});

test("T2: events are removed by visitor, by name and by network, each alone", async () => {
  await forge(20, { visitorId: "visitor-forger" });
  await forge(30, { type: "track", name: "Forged", visitorId: "visitor-other" });
  const remove = async (...more: string[]): Promise<unknown> => {
    const { out, err } = await backstory(["event", "remove", "--site", world.site.siteKey, "--json", ...more], place);
    return err === "" ? (JSON.parse(out) as { events: number }).events : err;
  };
  expect(await remove("--visitor", "visitor-nobody")).toBe(0);
  expect(await remove("--visitor", "visitor-forger")).toBe(20);
  expect(await remove("--name", "Forged", "--until", "2020-01-01")).toBe(0);
  expect(await remove("--address", "203.0.113.9")).toBe(0);
  expect(await remove("--address", "127.0.0.1", "--name", "Forged")).toBe(30);
  const receipts = await world.db.query("SELECT filter FROM event_removal WHERE events = 20");
  expect(receipts).toEqual([{ filter: { visitor: "one" } }]);
});

test("T2: a removal that says too little is refused, and nothing is gone", async () => {
  await forge(3);
  const key = world.site.siteKey;
  for (const [words, code, says] of [
    [["--site", key], 2, /every event of the site/],
    [["--site", key, "--from", "yesterday"], 2, /"yesterday" is no time/],
    [["--site", key, "--address", "300.1.1.1"], 2, /is no network address/],
    [["--site", "no-such-site", "--name", "x"], 1, /There is no site with the key no-such-site/],
    [["--name", "x"], 2, /site/i],
  ] as const) {
    const ended = await backstory(["event", "remove", ...words], place);
    expect([words, ended.code, ended.err]).toEqual([words, code, expect.stringMatching(says) as string]);
  }
  expect((await kept())["browser"]).toBe(4);
});

test("T2: an address over its quota adds no more, and is told when to come back", async () => {
  const limited = await intake({ batchesPerAddress: { perSecond: 1, burst: 5 }, clock: () => 1_790_000_000_000 });
  const answers = [];
  for (let index = 0; index < 40; index += 1)
    answers.push((await send(limited.app, batch(limited.site, [page()]))).status);
  expect(answers.filter((status) => status === 200)).toHaveLength(5);
  expect(answers.filter((status) => status === 429)).toHaveLength(35);
});

test("T2: a page cannot date its events back by more than a day, nor say that a server told them", async () => {
  const fresh = await intake();
  const long = Date.now() - 400 * 86_400_000;
  await send(fresh.app, batch(fresh.site, [page({ at: long, trust: "server", properties: { trust: "server" } })]));
  const [event] = await fresh.db.query<{ trust: string; age: number }>(
    "SELECT trust::text AS trust, extract(epoch FROM received_at - occurred_at) AS age FROM event",
  );
  expect(event?.trust).toBe("browser");
  expect(Number(event?.age)).toBeLessThanOrEqual(86_400);
});
