import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { subscriptionWorld, type SubscriptionWorld } from "../support/subscription-world.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const x = "anna@shop.example";

let world: SubscriptionWorld;
beforeEach(async () => {
  world = await subscriptionWorld();
});
afterEach(() => world.close());

const cookie = (visitor: string) => ({ cookie: `theme=dark; backstory_id=${visitor}` });
const get = (url: string, headers: Record<string, string> = {}) => world.app.inject({ method: "GET", url, headers });
const post = (url: string, headers: Record<string, string> = {}) => world.app.inject({ method: "POST", url, headers });
/** Everything a confirmation could have changed. */
const state = () =>
  world.db.query(
    `SELECT (SELECT json_agg(channel ORDER BY contact_id) FROM channel)::text AS channels,
       (SELECT json_agg(binding ORDER BY binding_id) FROM binding)::text AS bindings,
       (SELECT json_agg(identifier ORDER BY value) FROM identifier)::text AS identifiers,
       (SELECT json_agg(contact ORDER BY contact_id) FROM contact)::text AS contacts,
       (SELECT json_agg(optin_request ORDER BY optin_request_id) FROM optin_request)::text AS requests,
       (SELECT count(*) FROM consent_log) AS proofs`,
  );

describe("signing up", () => {
  test("3, 34. a new address becomes an unconfirmed contact with its history and gets exactly one letter", async () => {
    for (const page of ["home", "coffee", "sign-up"]) {
      await world.hit("visitor-one", page);
      world.pass(1_000);
    }
    const outcome = await world.signUp({ email: x });
    expect(outcome).toMatchObject({ kind: "resolved", created: true });
    expect(await world.emailStatus(x)).toEqual(["unconfirmed"]);
    expect(world.trap.mails).toHaveLength(1);
    if (outcome.kind !== "resolved") return;
    expect(await world.timeline(outcome.contactId)).toEqual(["home", "coffee", "sign-up"]);
  });

  test("35. an address that the site's back end gave is confirmed and gets no letter", async () => {
    await world.upsert({ email: x });
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
    expect(world.trap.mails).toHaveLength(0);
  });

  test("P26: the letter names the site, both links work, and nothing that was typed is in it", async () => {
    await world.signUp({
      email: ` Anna@SHOP.example `,
      firstName: "Anna https://evil.example",
      form: { id: "footer", text: "I want news https://evil.example" },
      url: "https://shop.example/news?email=anna@shop.example",
    });
    const { parsed, envelopeTo, raw } = world.trap.newest(x);
    expect(envelopeTo).toEqual([x]);
    expect(parsed.subject).toBe("Confirm your address for Bean & Leaf");
    expect(parsed.text).toContain("Bean & Leaf");
    expect(parsed.html).toContain("Bean &amp; Leaf");
    for (const body of [parsed.text ?? "", String(parsed.html)]) expect(body).not.toContain("evil");
    expect(raw).not.toMatch(/^list-unsubscribe/im);
    const link = world.link(x);
    expect((await get(link)).statusCode).toBe(200);
    expect((await get(`${link}/refuse`)).statusCode).toBe(200);
  });

  test("somebody who reads Ukrainian gets a Ukrainian letter and page", async () => {
    await world.signUp({ email: x, languageCode: "uk" });
    const { parsed } = world.trap.newest(x);
    expect(parsed.subject).toBe("Підтвердьте свою адресу для «Bean & Leaf»");
    expect(parsed.text).toContain("Підтвердьте, будь ласка, що це були ви");
    expect(parsed.html).toContain('lang="uk"');
    const page = await get(world.link(x), { "accept-language": "en" });
    expect(page.body).toContain("Залишився один крок");
    expect(page.body).toContain('<html lang="uk">');
  });

  test.each([
    "anna@shop.example\r\nBcc: x@evil.example",
    "anna@shop.example\nSubject: hello",
    "anna@shop.example,x@evil.example",
    "Anna <x@evil.example>",
    '"x@evil.example\r\n"@shop.example',
    "anna@shop.example\u2028x",
    "anna@shop.exam\0ple",
    "x@evil.example>, <anna@shop.example",
    "no address at all",
  ])("P26: %j starts no letter", async (email) => {
    const outcome = await world.signUp({ email });
    expect(outcome.kind).toBe("refused");
    expect(world.trap.mails).toHaveLength(0);
    expect(await world.db.query("SELECT 1 AS one FROM optin_request")).toEqual([]);
  });

  test("P26: a site name with a line break adds no header", async () => {
    const site = await world.addSite("Shop\r\nBcc: x@evil.example");
    await world.signUp({ email: x, site });
    const { raw, envelopeTo, parsed } = world.trap.newest(x);
    expect(envelopeTo).toEqual([x]);
    expect(raw.split("\r\n\r\n")[0]).not.toMatch(/^bcc:/im);
    expect(parsed.subject).toBe("Confirm your address for Shop Bcc: x@evil.example");
  });

  test("the token is in the letter alone: what is stored cannot be turned into a link", async () => {
    await world.signUp({ email: x });
    const token = world.link(x).replace("/confirm/", "");
    const tables = await world.db.query<{ tablename: string }>(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    );
    for (const { tablename } of tables) {
      const rows = await world.db.query(`SELECT 1 AS one FROM "${tablename}" AS t WHERE t::text LIKE $1`, [
        `%${token}%`,
      ]);
      expect(rows, tablename).toEqual([]);
    }
  });
});

describe("the confirmation page", () => {
  test("36. a hundred GETs and HEADs without the cookie change nothing", async () => {
    await world.signUp({ email: x });
    const link = world.link(x);
    const before = await state();
    for (let index = 0; index < 50; index += 1) {
      const page = await get(link, { "user-agent": "scanner", cookie: "backstory_id=somebody-else" });
      expect(page.body).toContain("Confirm my address");
      await world.app.inject({ method: "HEAD", url: link, headers: cookie("visitor-one") });
    }
    await get(link, { ...cookie("visitor-one"), "sec-purpose": "prefetch;prerender" });
    await world.app.inject({ method: "OPTIONS", url: link, headers: cookie("visitor-one") });
    await get(`${link}/refuse`, cookie("visitor-one"));
    expect(await state()).toEqual(before);
    expect(await world.emailStatus(x)).toEqual(["unconfirmed"]);
    expect((await post(link)).statusCode).toBe(200);
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  });

  test("37. the browser that signed up confirms by opening the link", async () => {
    await world.signUp({ email: x });
    const page = await get(world.link(x), cookie("visitor-one"));
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain("Your address is confirmed");
    expect(page.body).toContain('href="https://shop.example/"');
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  });

  test("38. the button confirms, proves consent once, and shows the same page each time", async () => {
    const asked = world.now();
    await world.signUp({
      email: x,
      form: { id: "footer", text: "Так, надсилайте мені новини" },
      languageCode: "uk",
      groups: ["News"],
      url: "https://shop.example/news?utm_source=mail&email=anna@shop.example",
      origin: { ip: "203.0.113.77", userAgent: "Form Browser" },
    });
    world.pass(5 * MINUTE);
    const link = world.link(x);
    const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const first = await post(link, { "user-agent": agent });
    world.pass(MINUTE);
    const second = await post(link, { "user-agent": "Another" });
    expect(first.statusCode).toBe(200);
    expect(second.body).toBe(first.body);
    expect((await get(link)).body).toBe(first.body);
    const proofs = await world.db.query("SELECT * FROM consent_log");
    expect(proofs).toHaveLength(1);
    const { createHash } = await import("node:crypto");
    expect(proofs[0]).toMatchObject({
      act: "subscribed",
      method: "mail-link",
      address: x,
      siteId: world.site,
      groups: ["News"],
      formId: "footer",
      textCopy: "Так, надсилайте мені новини",
      textHash: createHash("sha256").update("Так, надсилайте мені новини").digest(),
      language: "uk",
      url: "https://shop.example/news",
      visitorId: "visitor-one",
      requestedAt: asked,
      requestNetwork: "203.0.113.0/24",
      requestAgent: "Form Browser",
      confirmedAt: asked + 5 * MINUTE,
      confirmNetwork: "127.0.0.0/24",
      confirmAgent: "Firefox 140, Linux",
    });
  });

  test("a proof of consent can not be rewritten", async () => {
    await world.signUp({ email: x });
    await post(world.link(x));
    await expect(world.db.query("UPDATE consent_log SET address = 'b@shop.example'")).rejects.toThrow(
      "never rewritten",
    );
  });

  test("the confirmed address is proven in the contact", async () => {
    await world.signUp({ email: x });
    await post(world.link(x));
    const rows = await world.db.query("SELECT proof::text AS proof FROM identifier WHERE kind = 'email'");
    expect(rows).toEqual([{ proof: "confirmed" }]);
  });

  test("a form post, a multipart post and a post of nothing all confirm", async () => {
    const forms = [
      { headers: { "content-type": "application/x-www-form-urlencoded" }, payload: "a=b" },
      { headers: { "content-type": "multipart/form-data; boundary=b" }, payload: "--b--\r\n" },
      {},
    ];
    for (const [index, form] of forms.entries()) {
      const email = `anna${index}@shop.example`;
      await world.signUp({ email, visitor: `visitor-${index}` });
      await world.app.inject({ method: "POST", url: world.link(email), ...form });
      expect(await world.emailStatus(email)).toEqual(["confirmed"]);
    }
  });

  test("two clicks at once write one proof", async () => {
    await world.signUp({ email: x });
    const link = world.link(x);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(link)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(await world.db.query("SELECT 1 AS one FROM consent_log")).toHaveLength(1);
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  });

  test("every page forbids scripts, frames, caches, referrers and search engines", async () => {
    await world.signUp({ email: x });
    const link = world.link(x);
    for (const page of [
      await get(link),
      await get("/confirm/forged"),
      await get("/unsubscribe/forged"),
      await post(link),
    ]) {
      expect(page.headers).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex, nofollow",
        "x-content-type-options": "nosniff",
      });
      const policy = String(page.headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(page.body).not.toMatch(/<script|javascript:|\son\w+=/i);
      expect(page.headers["set-cookie"]).toBeUndefined();
    }
  });
});

describe("a link that does not work", () => {
  test("39, 40. expired, replaced, refused and forged links show the same bytes and change nothing", async () => {
    await world.signUp({ email: "expired@shop.example", visitor: "visitor-expired" });
    const expired = world.link("expired@shop.example");
    world.pass(7 * DAY);
    await world.signUp({ email: x });
    const replaced = world.link(x);
    world.pass(11 * MINUTE);
    await world.signUp({ email: x });
    await world.signUp({ email: "refused@shop.example", visitor: "visitor-refused" });
    const refused = world.link("refused@shop.example");
    await post(`${refused}/refuse`);
    const forged = [
      `/confirm/${"A".repeat(43)}`,
      "/confirm/x",
      "/confirm/",
      `/confirm/${"a".repeat(1_500)}`,
      "/confirm/%2e%2e%2fadmin",
      "/confirm/%00",
      "/confirm/' OR 1=1 --",
      forgedLike(replaced),
    ];
    const before = await state();
    const pages = [];
    for (const link of [expired, replaced, refused, ...forged])
      for (const page of [
        await get(link),
        await post(link),
        await get(link, cookie("visitor-one")),
        await post(`${link}/refuse`),
      ])
        pages.push({ status: page.statusCode, body: page.body });
    expect(new Set(pages.map(({ body }) => body)).size).toBe(1);
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([404]));
    expect(pages[0]?.body).toContain("To start again");
    expect(await state()).toEqual(before);
    expect(await world.emailStatus("expired@shop.example")).toEqual(["unconfirmed"]);
  });

  test("40. the newer link works when the older was replaced", async () => {
    await world.signUp({ email: x });
    const older = world.link(x);
    world.pass(11 * MINUTE);
    await world.signUp({ email: x });
    await post(older);
    expect(await world.emailStatus(x)).toEqual(["unconfirmed"]);
    await post(world.link(x));
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  });

  test("39. a link works until its seventh day ends", async () => {
    await world.signUp({ email: x });
    world.pass(7 * DAY - 1);
    expect((await post(world.link(x))).statusCode).toBe(200);
    expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  });

  test("the neutral page speaks the browser's language", async () => {
    const page = await get("/confirm/forged", { "accept-language": "uk-UA,uk;q=0.9" });
    expect(page.body).toContain("Щоб почати знову");
  });
});

describe("“it was not me”", () => {
  test("the request is deleted and its link is dead", async () => {
    await world.signUp({ email: x });
    const link = world.link(x);
    const page = await get(`${link}/refuse`);
    expect(page.body).toContain("Delete the request");
    expect((await post(`${link}/refuse`)).body).toContain("The request is deleted");
    expect(await world.db.query("SELECT 1 AS one FROM optin_request")).toEqual([]);
    await post(link);
    expect(await world.emailStatus(x)).toEqual(["unconfirmed"]);
  });

  test("after somebody confirmed, it ends the subscription", async () => {
    await world.signUp({ email: x });
    const link = world.link(x);
    await post(link);
    expect((await post(`${link}/refuse`)).body).toContain("You are unsubscribed");
    expect(await world.emailStatus(x)).toEqual(["unsubscribed"]);
  });
});

/** A token that differs in its last character only. */
function forgedLike(link: string): string {
  return link.slice(0, -1) + (link.endsWith("A") ? "E" : "A");
}
