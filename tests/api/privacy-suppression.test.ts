import { beforeEach, expect, test } from "vitest";
import type { ContactId, Email } from "../../src/contract/identifiers.ts";
import { addressHash, mergeContacts, resolveWithin, undoMerge } from "../../src/server/identity/index.ts";
import { addToUnsubscribed, issueUnsubscribeLink } from "../../src/server/subscriptions/index.ts";
import { privacyWorld, type PrivacyWorld } from "../support/privacy-world.ts";

const X = "ann@shop.example" as Email;
const cause = { actor: "test", requestId: "request-1" };
const email = (value: string) => ({ channels: [{ type: "email", value }] });

let world: PrivacyWorld;
beforeEach(async () => {
  world = await privacyWorld();
});

/** By the link of a letter, whoever has the address. */
async function unsubscribe(address: Email = X): Promise<void> {
  const link = await issueUnsubscribeLink(world.db, { ...world.services, email: address, at: world.now() });
  expect((await world.click(new URL(link.url).pathname)).status).toBe(200);
}

function suppress(reason: "complained" | "bounced" | "admin") {
  return world.db.query(
    "INSERT INTO suppression (channel_type, address_hash, reason, since) VALUES ('email', $1, $2, now())",
    [addressHash(world.services.secretKey, X), reason],
  );
}

const erase = (externalCustomerId: string) =>
  world.api("DELETE", `/contact?externalCustomerId=${externalCustomerId}&erase=true`);

test("an address that was unsubscribed while nobody had it is unsubscribed when somebody has it", async () => {
  await unsubscribe();
  await world.upsert({ externalCustomerId: "E1", ...email(X) });
  await world.upsert({ externalCustomerId: "E1", ...email(X) });
  expect(await world.emailStatus(X)).toEqual(["unsubscribed"]);
});

test("45. an unsubscribed address stays so through every upsert, for every contact that has it", async () => {
  await world.upsert({ externalCustomerId: "E1", ...email(X) });
  await unsubscribe();
  await world.upsert({ externalCustomerId: "E1", ...email(" Ann@Shop.example ") });
  await world.upsert({ externalCustomerId: "E2", ...email(X) });
  expect(await world.emailStatus(X)).toEqual(["unsubscribed", "unsubscribed"]);
});

test("48, 53. who is unsubscribed while deleted is so when restored, and so is whoever has the address then", async () => {
  await world.upsert({ externalCustomerId: "E1", ...email(X) });
  await world.api("DELETE", "/contact?externalCustomerId=E1");
  await unsubscribe();
  await world.upsert(email(X));
  await world.upsert({ externalCustomerId: "E1", ...email(X) });
  expect(await world.emailStatus(X)).toEqual(["unsubscribed"]);
});

test("an unsubscribe survives an erasure, and the link of an old letter works after it", async () => {
  await world.upsert({ externalCustomerId: "E1", ...email(X) });
  const link = await issueUnsubscribeLink(world.db, { ...world.services, email: X, at: world.now() });
  await erase("E1");
  expect((await world.click(new URL(link.url).pathname)).status).toBe(200);
  await world.upsert({ externalCustomerId: "E1", ...email(X) });
  expect(await world.emailStatus(X)).toEqual(["unsubscribed"]);
});

test("a merge and its undoing make no consent", async () => {
  const a = await world.upsert({ externalCustomerId: "E1" });
  const b = await world.upsert(email(X));
  await mergeContacts(world.services, { contactIds: [a, b], at: world.now(), cause });
  await unsubscribe();
  const [log] = await world.db.query<{ mergeId: number }>("SELECT merge_id FROM merge_log");
  await undoMerge(world.services, { mergeId: log?.mergeId ?? 0, at: world.now(), cause });
  expect(await world.emailStatus(X)).toEqual(["unsubscribed"]);
  await mergeContacts(world.services, { contactIds: [b, a], at: world.now(), cause });
  expect(await world.emailStatus(X)).toEqual(["unsubscribed"]);
});

test("a new double opt-in ends an unsubscribe, and the next upsert leaves it at that", async () => {
  await unsubscribe();
  await world.say("visitor-1", { type: "subscribe", email: X });
  expect(await world.emailStatus(X)).toEqual(["unsubscribed"]);
  await world.click(await world.link(X));
  expect(await world.emailStatus(X)).toEqual(["confirmed"]);
  await world.upsert({ externalCustomerId: "E1", ...email(X) });
  expect(await world.emailStatus(X)).toEqual(["confirmed"]);
});

test.each([
  ["complained", "suppressed"],
  ["admin", "suppressed"],
  ["bounced", "bounced"],
] as const)("a click on an earlier letter does not lift what is harder: %s", async (reason, status) => {
  await world.say("visitor-1", { type: "subscribe", email: X });
  await suppress(reason);
  await world.click(await world.link(X));
  expect(await world.emailStatus(X)).toEqual([status]);
  await world.upsert({ externalCustomerId: "E1", ...email(X) });
  expect(await world.emailStatus(X)).toEqual([status]);
});

test("an unsubscribe waits for whoever is just making a contact with the address", async () => {
  const { db, services } = world;
  const now = world.now();
  let unsubscribed: Promise<void> = Promise.resolve();
  const request = {
    trust: "server",
    verb: "upsert",
    email: X,
    moment: now,
    receivedAt: now,
    contactSource: "API",
    cause,
  } as const;
  await resolveWithin(services, request, async () => {
    // Written, and not committed yet.
    unsubscribed = addToUnsubscribed({ db, secretKey: services.secretKey }, { emails: [X], at: now });
    await Promise.race([unsubscribed, new Promise((resolve) => setTimeout(resolve, 500))]);
  });
  await unsubscribed;
  expect(await world.emailStatus(X)).toEqual(["unsubscribed"]);
});

test("an unsubscribe at the same moment as the first upsert of the address is never lost", async () => {
  const rounds = Array.from({ length: 10 }, (_, round) => `person-${round}@shop.example`);
  const lists = { db: world.db, secretKey: world.services.secretKey };
  for (const address of rounds) {
    await Promise.all([
      addToUnsubscribed(lists, { emails: [address], at: world.now() }),
      world.upsert({ externalCustomerId: address, ...email(address) }),
      world.upsert(email(address)),
    ]);
  }
  const rows = await world.db.query("SELECT DISTINCT status::text AS status FROM channel WHERE type = 'email'");
  expect(rows).toEqual([{ status: "unsubscribed" }]);
});

test('"not me" also drops what the browser claimed', async () => {
  const id: ContactId = await world.upsert({ externalCustomerId: "E1", ...email(X) });
  await world.say("stranger-1", { type: "page", url: "https://shop.example/a" });
  await world.say("stranger-1", { type: "subscribe", email: X });
  const claims = () => world.db.query("SELECT visitor_id FROM pending_claim");
  expect(await claims()).toEqual([{ visitorId: "stranger-1" }]);
  const link = await world.link(X);
  await world.click(`${link}/refuse`);
  expect(await claims()).toEqual([]);
  expect((await world.click(link)).status).toBe(404);
  expect(await world.timeline(id)).toEqual([]);
});
