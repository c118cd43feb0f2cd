import { afterEach, beforeEach, expect, test } from "vitest";
import { subscriptionWorld, type SubscriptionWorld } from "../support/subscription-world.ts";

// What a stranger can make our mail server send, and to whom.

const MINUTE = 60_000;
const SUBMITS = 1_000;

let world: SubscriptionWorld;
beforeEach(async () => {
  world = await subscriptionWorld();
});
afterEach(() => world.close());

/** One submit after another of a stranger's form, each minute and a half of a day. */
async function submitAll(emailOf: (index: number) => string, senderOf: (index: number) => string): Promise<void> {
  const [first, second] = [world.site, await world.addSite("Second shop")];
  for (let index = 0; index < SUBMITS; index += 1) {
    await world.signUp({
      email: emailOf(index),
      site: index % 2 === 0 ? first : second,
      visitor: `visitor-${index % 50}`,
      origin: { ip: senderOf(index) },
    });
    world.pass(1.4 * MINUTE);
  }
}

test("T4: a thousand submits of one address from fifty networks over a day, in every spelling, cause five letters", async () => {
  const spellings = ["ann@shop.example", "ANN@shop.example", " Ann@SHOP.example ", "ann@shop.EXAMPLE"];
  await submitAll(
    (index) => spellings[index % spellings.length] ?? "",
    (index) => `198.51.${index % 50}.7`,
  );
  expect(world.trap.mails).toHaveLength(5);
  expect(new Set(world.trap.mails.flatMap(({ envelopeTo }) => envelopeTo)).size).toBe(1);
});

test("T4: a thousand addresses from one network cause twenty letters an hour, however the address varies", async () => {
  // 1,000 submits at 1.4 minutes are 24 hours.
  await submitAll(
    (index) => (index % 2 === 0 ? `ann+${index}@shop.example` : `a.n.n${index}@shop.example`),
    (index) => `203.0.113.${index % 250}`,
  );
  expect(world.trap.mails.length).toBeLessThanOrEqual(20 * 24);
  const hours = await world.db.query<{ letters: number }>(
    "SELECT count(*) AS letters FROM optin_mail GROUP BY date_trunc('hour', queued_at)",
  );
  for (const { letters } of hours) expect(letters).toBeLessThanOrEqual(20);
});

test("T4: nothing that a visitor types is in the letter, so that it carries nobody's message", async () => {
  const text = "Buy at https://evil.example now";
  await world.signUp({
    email: "ann@shop.example",
    firstName: text,
    lastName: text,
    attributes: { note: text },
    groups: [text],
    form: { id: text, text },
    url: "https://evil.example/",
  });
  const { raw, parsed } = world.trap.newest("ann@shop.example");
  expect(raw + (parsed.text ?? "") + (parsed.html || "")).not.toMatch(/evil|Buy at/i);
});

const TEMPLATES = [
  "<%= process.env.HOME %>",
  "<%~ it.secretKey %>",
  "{{constructor.constructor('return process')().env.PATH}}",
  "${process.env.PATH}",
  "#{7*7}",
  "<% while(true){} %>",
  "{% include '/etc/passwd' %}",
  "__${T(java.lang.Runtime)}__",
  "@{{7*7}}",
  "`${7*7}`",
];

test("T13: the name of a site and an address of a page are text in letters and pages, never a template", async () => {
  for (const [index, template] of TEMPLATES.entries()) {
    const site = await world.addSite(`Shop ${index} ${template}`);
    const email = `ann${index}@shop.example`;
    await world.signUp({ email, site, visitor: `visitor-${index}`, origin: { ip: `198.51.${index}.1` } });
    const { parsed } = world.trap.newest(email);
    expect(parsed.text).toContain(template);
    const page = await world.app.inject({ url: world.link(email) });
    expect(page.statusCode).toBe(200);
    const shown = page.body
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&#39;", "'")
      .replaceAll("&quot;", '"');
    expect(shown.replaceAll("&amp;", "&")).toContain(template);
    for (const text of [parsed.text ?? "", page.body]) expect(text).not.toMatch(/\b49\b|root:x|\/usr\/bin:/);
  }
});

test("T20: a link that ends a subscription is inert for GET and HEAD, and for whoever makes one up", async () => {
  const email = "ann@shop.example";
  await world.signUp({ email });
  await world.app.inject({ method: "POST", url: world.link(email) });
  const statuses = () => world.emailStatus(email);
  expect(await statuses()).toEqual(["confirmed"]);
  const header = world.trap.newest(email).raw;
  // Not in the letter that asks: nothing is subscribed yet.
  expect(header).not.toMatch(/^List-Unsubscribe/im);
  for (const token of ["x", "A".repeat(43), "../confirm/x", "%00", "1", "true"])
    for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE"] as const)
      await world.app.inject({ method, url: `/unsubscribe/${token}` });
  expect(await statuses()).toEqual(["confirmed"]);
  expect(await world.db.query("SELECT FROM suppression")).toEqual([]);
});
