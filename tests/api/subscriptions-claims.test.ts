import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { normaliseEmail } from "../../src/server/identity/index.ts";
import { issueUnsubscribeLink } from "../../src/server/subscriptions/index.ts";
import { subscriptionWorld, type SubscriptionWorld } from "../support/subscription-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const x = "anna@shop.example";

let world: SubscriptionWorld;
beforeEach(async () => {
  world = await subscriptionWorld();
});
afterEach(() => world.close());

const post = (url: string) => world.app.inject({ method: "POST", url });

describe("an address that somebody has already", () => {
  test("41. a confirmed address is not asked again by the browser that belongs to it", async () => {
    await world.upsert({ externalCustomerId: "E1", email: x, visitor: "visitor-one" });
    const outcome = await world.signUp({ email: x });
    expect(outcome.kind).toBe("nothing");
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
    expect(world.trap.mails).toHaveLength(0);
  });

  test("an unconfirmed address is asked again by its own browser, after a while", async () => {
    await world.signUp({ email: x });
    world.pass(11 * MINUTE);
    await world.signUp({ email: x });
    expect(world.trap.mails).toHaveLength(2);
    await post(world.link(x));
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  });

  test("42. a stranger's history joins it only when the mailed link is used", async () => {
    const anna = await world.upsert({ externalCustomerId: "E1", email: x });
    world.pass(MINUTE);
    await world.hit("visitor-six", "home");
    world.pass(MINUTE);
    const before = await world.db.query("SELECT * FROM contact");
    const outcome = await world.signUp({ email: x, visitor: "visitor-six", firstName: "Mallory", languageCode: "uk" });
    expect(outcome.kind).toBe("pending");
    expect(await world.db.query("SELECT * FROM contact")).toEqual(before);
    expect(await world.timeline(anna)).toEqual([]);
    world.pass(MINUTE);
    await world.hit("visitor-six", "after");
    await post(world.link(x));
    expect(await world.timeline(anna)).toEqual(["home", "after"]);
  });

  test("a browser that belongs to somebody else moves at the moment it asked, not before", async () => {
    const bob = await world.upsert({ email: "bob@shop.example", visitor: "visitor-six" });
    const anna = await world.upsert({ email: x });
    world.pass(MINUTE);
    await world.hit("visitor-six", "bob's");
    world.pass(MINUTE);
    await world.signUp({ email: x, visitor: "visitor-six" });
    world.pass(MINUTE);
    await world.hit("visitor-six", "anna's");
    expect(await world.timeline(bob)).toEqual(["bob's", "anna's"]);
    world.pass(MINUTE);
    await post(world.link(x));
    expect(await world.timeline(bob)).toEqual(["bob's"]);
    expect(await world.timeline(anna)).toEqual(["anna's"]);
  });

  test("43. a claim that nobody proves expires, and the browser joins its real owner later", async () => {
    const anna = await world.upsert({ externalCustomerId: "E1", email: x });
    await world.hit("visitor-six", "home");
    await world.signUp({ email: x, visitor: "visitor-six" });
    world.pass(7 * DAY + MINUTE);
    await post(world.link(x));
    expect(await world.timeline(anna)).toEqual([]);
    const owner = await world.upsert({ externalCustomerId: "E6", visitor: "visitor-six" });
    expect(await world.timeline(owner)).toEqual(["home"]);
  });

  test("a browser whose owner shows up keeps to its owner, whatever it claimed before", async () => {
    const anna = await world.upsert({ externalCustomerId: "E1", email: x });
    await world.hit("visitor-six", "home");
    world.pass(MINUTE);
    await world.signUp({ email: x, visitor: "visitor-six" });
    world.pass(MINUTE);
    const owner = await world.upsert({ externalCustomerId: "E5", visitor: "visitor-six" });
    world.pass(MINUTE);
    await post(world.link(x));
    expect(await world.timeline(owner)).toEqual(["home"]);
    expect(await world.timeline(anna)).toEqual([]);
  });

  test("142. a logged-in browser that subscribes another address stays with its person", async () => {
    const anna = await world.upsert({ externalCustomerId: "E1", email: x, visitor: "visitor-one" });
    await world.hit("visitor-one", "home");
    world.pass(MINUTE);
    await world.signUp({ email: "mother@shop.example" });
    await post(world.link("mother@shop.example"));
    await world.hit("visitor-one", "later");
    expect(await world.timeline(anna)).toEqual(["home", "later"]);
    expect(await world.emailStatus("mother@shop.example")).toEqual(["confirmed"]);
  });
});

describe("what a mailed proof does not prove", () => {
  test("a phone that was typed beside the address stays with whoever has it", async () => {
    const phone = "+380441234567";
    await world.signUp({ email: "zoe@shop.example", phone, visitor: "visitor-zoe" });
    await world.signUp({ email: x, phone, visitor: "visitor-six" });
    await post(world.link(x));
    const owners = await world.db.query(
      `SELECT (SELECT value FROM identifier mail WHERE mail.contact_id = phone.contact_id AND kind = 'email') AS email
       FROM identifier phone WHERE kind = 'phone'`,
    );
    expect(owners).toEqual([{ email: "zoe@shop.example" }]);
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  });

  test("an external id that was typed beside the address stays with its person", async () => {
    await world.upsert({ externalCustomerId: "E1", email: "owner@shop.example" });
    await world.signUp({ email: x, externalCustomerId: "E1", visitor: "visitor-six" });
    await post(world.link(x));
    const keys = await world.db.query("SELECT contact_id FROM identifier WHERE value IN ('E1', $1)", [x]);
    expect(new Set(keys.map(({ contactId }) => contactId)).size).toBe(2);
  });

  test("a mailbox is not proof of the customer id that a stranger squatted on", async () => {
    await world.signUp({ email: "squatter@shop.example", externalCustomerId: "E1", visitor: "visitor-six" });
    await world.upsert({ externalCustomerId: "E1" });
    await post(world.link("squatter@shop.example"));
    expect(await world.emailStatus("squatter@shop.example")).not.toContain("confirmed");
  });
});

describe("confirming and unsubscribing at once", () => {
  test("109. the later act stands and the proof is written once", async () => {
    await world.upsert({ externalCustomerId: "E1", email: x });
    const email = normaliseEmail(x);
    if (email === undefined) throw new Error("The test's address is none.");
    const { url } = await issueUnsubscribeLink(world.db, { ...world.deps, email, at: world.now() });
    const end = () => post(new URL(url).pathname);
    for (let round = 0; round < 5; round += 1) {
      world.pass(DAY);
      await end();
      await world.signUp({ email: x, visitor: `visitor-${round}` });
      const link = world.link(x);
      const answers = await Promise.all([post(link), end(), post(link), end()]);
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
      const [status] = await world.emailStatus(x);
      expect(["confirmed", "unsubscribed"]).toContain(status);
      const suppressed = await world.db.query("SELECT reason FROM suppression");
      expect(suppressed).toEqual(status === "confirmed" ? [] : [{ reason: "unsubscribed" }]);
    }
    expect(await world.db.query("SELECT 1 AS one FROM consent_log WHERE act = 'subscribed'")).toHaveLength(5);
  });
});

describe("how many letters a sign-up form can cause", () => {
  test("70. 200 submits of one address cause one letter", async () => {
    const spellings = [x, "ANNA@shop.example", " anna@SHOP.example "];
    for (let index = 0; index < 200; index += 10) {
      await Promise.all(
        Array.from({ length: 10 }, (_, offset) =>
          world.signUp({
            email: spellings[(index + offset) % 3] ?? x,
            visitor: `visitor-${index + offset}`,
            origin: { ip: `198.51.${index + offset}.7` },
          }),
        ),
      );
    }
    expect(world.trap.mails).toHaveLength(1);
    expect(await world.db.query("SELECT 1 AS one FROM optin_mail")).toHaveLength(1);
    await post(world.link(x));
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  });

  test("a submit that causes no letter leaves the mailed link alive", async () => {
    await world.signUp({ email: x });
    const link = world.link(x);
    world.pass(MINUTE);
    await world.signUp({ email: x });
    expect(world.trap.mails).toHaveLength(1);
    await post(link);
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  });

  test("one address gets five letters a day over all sites", async () => {
    const other = await world.addSite("Second shop");
    for (let round = 0; round < 12; round += 1) {
      await world.signUp({ email: x, site: round % 2 === 0 ? world.site : other });
      world.pass(HOUR);
    }
    expect(world.trap.mails).toHaveLength(5);
    world.pass(DAY);
    await world.signUp({ email: x });
    expect(world.trap.mails).toHaveLength(6);
  });

  test("refusing the request does not give the sender a new letter to send", async () => {
    await world.signUp({ email: x });
    await post(`${world.link(x)}/refuse`);
    await world.signUp({ email: x });
    expect(world.trap.mails).toHaveLength(1);
  });

  test.each([
    ["IPv4", (index: number) => `203.0.113.${index}`],
    ["IPv6", (index: number) => `2001:db8:1:2::${index.toString(16)}`],
  ])("one network causes twenty letters an hour: %s", async (_name, ip) => {
    for (let index = 1; index <= 25; index += 1) {
      await world.signUp({ email: `p${index}@shop.example`, visitor: `visitor-${index}`, origin: { ip: ip(index) } });
    }
    expect(world.trap.mails).toHaveLength(20);
    await world.signUp({ email: "far@shop.example", visitor: "visitor-far", origin: { ip: "192.0.2.1" } });
    expect(world.trap.mails).toHaveLength(21);
    world.pass(HOUR);
    await world.signUp({ email: "late@shop.example", visitor: "visitor-late", origin: { ip: ip(1) } });
    expect(world.trap.mails).toHaveLength(22);
  });

  test("what limits count by holds no address in the clear", async () => {
    await world.signUp({ email: x, origin: { ip: "203.0.113.7" } });
    const [row] = await world.db.query<{ text: string }>("SELECT t::text AS text FROM optin_mail t");
    expect(row?.text).not.toMatch(/anna|shop|203/);
  });
});
