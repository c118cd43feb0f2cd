import { afterEach, beforeEach, expect, test } from "vitest";
import type { ContactId, Email } from "../../src/contract/identifiers.ts";
import { askAgain, countSubscriptions, listSubscriptions } from "../../src/server/subscriptions/index.ts";
import { subscriptionWorld, type SubscriptionWorld } from "../support/subscription-world.ts";

// The list of addresses, and the confirmation letter that somebody who works here sends again. Real letters, real SMTP.

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const x = "anna@shop.example" as Email;

let world: SubscriptionWorld;
beforeEach(async () => {
  world = await subscriptionWorld();
});
afterEach(() => world.close());

async function again(contactId: ContactId, email: Email = x): Promise<string> {
  const asked = await askAgain(world.deps, { contactId, email }, (siteId) =>
    Promise.resolve({ siteId: siteId ?? world.site, name: "Bean & Leaf", identify: "new-contacts" }),
  );
  await world.deliver();
  return asked.kind === "asked" ? "asked" : asked.reason;
}
const post = (url: string) => world.app.inject({ method: "POST", url });

async function signedUp(): Promise<ContactId> {
  const outcome = await world.signUp({
    email: x,
    form: { id: "footer", text: "Send me news" },
    groups: ["news"],
    url: "https://shop.example/sign-up?x=1",
    origin: { ip: "203.0.113.7", userAgent: "Firefox 140, Linux" },
  });
  if (outcome.kind !== "resolved") throw new Error(`The sign-up was ${outcome.kind}.`);
  return outcome.contactId;
}

test("the letter comes again, its link confirms, the old one does not, and the proof says how they signed up", async () => {
  const anna = await signedUp();
  const old = world.link(x);
  expect(await again(anna)).toBe("address_limit");
  world.pass(11 * MINUTE);
  expect(await again(anna)).toBe("asked");
  expect(world.trap.mails).toHaveLength(2);
  const fresh = world.link(x);
  expect(fresh).not.toBe(old);
  await post(old);
  expect(await world.emailStatus(x)).toEqual(["unconfirmed"]);
  await post(fresh);
  expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  expect(
    await world.db.query(
      "SELECT act, groups, form_id, text_copy, url, request_network, request_agent FROM consent_log",
    ),
  ).toEqual([
    {
      act: "subscribed",
      groups: ["news"],
      formId: "footer",
      textCopy: "Send me news",
      url: "https://shop.example/sign-up",
      requestNetwork: "203.0.113.0/24",
      requestAgent: "Firefox 140, Linux",
    },
  ]);
  world.pass(DAY);
  expect(await again(anna)).toBe("nothing_to_prove");
});

test("nobody gets more letters by this road than by the form's", async () => {
  const anna = await signedUp();
  const answers: string[] = [];
  for (let hour = 0; hour < 24; hour += 1) {
    world.pass(50 * MINUTE);
    answers.push(await again(anna));
  }
  expect(answers.filter((answer) => answer === "asked")).toHaveLength(4);
  expect(answers.slice(4).every((answer) => answer === "address_limit")).toBe(true);
  expect(world.trap.mails).toHaveLength(5);
});

test("who bounced, is unknown, erased or invented is not written to", async () => {
  const anna = await signedUp();
  world.pass(DAY);
  expect(await again(anna, "another@shop.example" as Email)).toBe("unknown");
  expect(await again(999_999 as ContactId)).toBe("unknown");
  const hash = await world.db.query<{ addressHash: Buffer }>("SELECT address_hash FROM optin_mail LIMIT 1");
  await world.db.query("INSERT INTO suppression VALUES ('email', $1, 'bounced', now())", [hash[0]?.addressHash]);
  expect(await again(anna)).toBe("suppressed");
  await world.db.query("DELETE FROM suppression");
  await world.db.query("UPDATE contact SET contact_source = 'SAMPLE'");
  expect(await again(anna)).toBe("invented");
  await world.db.query("UPDATE contact SET contact_source = 'SUBSCRIPTION', status = 'deleted', deleted_at = now()");
  expect(await again(anna)).toBe("unknown");
  expect(world.trap.mails).toHaveLength(1);
});

test("an address whose sign-up is long over is asked anew, and only the link itself confirms it", async () => {
  const anna = await signedUp();
  world.pass(8 * DAY);
  await world.db.query("DELETE FROM optin_request");
  expect(await again(anna)).toBe("asked");
  await world.app.inject({ method: "GET", url: world.link(x), headers: { cookie: "backstory_id=visitor-one" } });
  expect(await world.emailStatus(x)).toEqual(["unconfirmed"]);
  await post(world.link(x));
  expect(await world.emailStatus(x)).toEqual(["confirmed"]);
});

test("lists and counts agree, page after page, and say when the last letter went", async () => {
  await signedUp();
  await world.db.query(
    `WITH many AS (
       INSERT INTO contact (first_name, contact_source, created_at, updated_at)
       SELECT 'P' || n, 'IMPORT', now(), now() FROM generate_series(1, 12) n RETURNING contact_id)
     INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at)
     SELECT contact_id, 'email', contact_id || '@many.example', contact_id || '@Many.example',
       (ARRAY['confirmed', 'unconfirmed', 'unsubscribed'])[1 + contact_id % 3]::channel_status, 'IMPORT', now(),
       -- Some at the very same moment: the number of the contact parts them.
       timestamptz '2026-01-01' + (contact_id / 4) * interval '1 hour' FROM many`,
  );
  await world.db.query("UPDATE channel SET current = false WHERE contact_id = (SELECT max(contact_id) FROM channel)");
  const counts = await countSubscriptions(world.db);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(12);
  for (const status of ["confirmed", "unconfirmed", "unsubscribed", "bounced"] as const) {
    const seen: string[] = [];
    let before: { since: number; contactId: ContactId } | undefined;
    for (;;) {
      const page = await listSubscriptions(world.deps, { status, before, limit: 2, now: world.now() });
      seen.push(...page.map(({ email }) => email));
      before = page.at(-1);
      if (before === undefined) break;
    }
    expect([status, new Set(seen).size, seen.length]).toEqual([status, counts[status], counts[status]]);
  }
  const [anna] = await listSubscriptions(world.deps, {
    status: "unconfirmed",
    before: undefined,
    limit: 1,
    now: world.now(),
  });
  expect(anna).toMatchObject({ email: x, lastAskedAt: world.now(), linkUntil: world.now() + 7 * DAY });
});
