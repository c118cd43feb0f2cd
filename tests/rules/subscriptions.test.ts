import { describe, expect, test } from "vitest";
import { headerText, isMailable, parseSender } from "../../src/server/mail/mail.ts";
import { planAfterFailure } from "../../src/server/mail/rules.ts";
import { languageFor, languageOfHeader } from "../../src/server/subscriptions/language.ts";
import { countedNetwork, keptNetwork } from "../../src/server/subscriptions/network.ts";
import { maskAddress, renderPage } from "../../src/server/subscriptions/pages.ts";
import { isSameBrowser, planOptin, type OptinFacts } from "../../src/server/subscriptions/rules.ts";
import { hashOfToken, keyedHash, mintToken, unsubscribeTokenOf } from "../../src/server/subscriptions/token.ts";
import { confirmationMail } from "../../src/server/subscriptions/confirmation-mail.ts";
import { normaliseEmail } from "../../src/server/identity/index.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const fresh: OptinFacts = {
  standing: "unconfirmed",
  suppression: undefined,
  earlier: { address: [], network: [] },
};

function emailOf(text: string) {
  const email = normaliseEmail(text);
  if (email === undefined) throw new Error(`${text} is not an email.`);
  return email;
}

describe("whether a sign-up is answered with a mail", () => {
  const reasonFor = (facts: Partial<OptinFacts>) => {
    const plan = planOptin({ ...fresh, ...facts }, NOW);
    return plan.kind === "ask" ? "ask" : plan.reason;
  };

  test("a new address is asked", () => expect(reasonFor({})).toBe("ask"));
  test("a confirmed address is not asked again by its own browser", () =>
    expect(reasonFor({ standing: "confirmed" })).toBe("nothing_to_prove"));
  test("a confirmed address is asked when another browser claims it", () =>
    expect(reasonFor({ standing: "claimed" })).toBe("ask"));
  test("an unsubscribed address may come back", () => expect(reasonFor({ suppression: "unsubscribed" })).toBe("ask"));
  test.each(["complained", "bounced", "admin"] as const)("a suppressed address gets nothing: %s", (suppression) =>
    expect(reasonFor({ suppression, standing: "claimed" })).toBe("suppressed"),
  );
  test("a second mail waits for ten minutes", () => {
    expect(reasonFor({ earlier: { address: [NOW - 10 * MINUTE + 1], network: [] } })).toBe("address_limit");
    expect(reasonFor({ earlier: { address: [NOW - 10 * MINUTE], network: [] } })).toBe("ask");
  });
  test("a sixth mail waits for the next day", () => {
    const five = [1, 2, 3, 4, 23].map((hours) => NOW - hours * HOUR);
    expect(reasonFor({ earlier: { address: five, network: [] } })).toBe("address_limit");
    expect(reasonFor({ earlier: { address: five.slice(1), network: [] } })).toBe("ask");
  });
  test("one network causes at most twenty mails an hour", () => {
    const twenty = Array.from({ length: 20 }, (_, index) => NOW - index * 2 * MINUTE);
    expect(reasonFor({ earlier: { address: [], network: twenty } })).toBe("network_limit");
    expect(reasonFor({ earlier: { address: [], network: twenty.slice(1) } })).toBe("ask");
  });
});

describe("which opening of the link confirms by itself", () => {
  const visitorId = "visitor-of-the-form";
  const opening = { method: "GET", visitorIds: ["other", visitorId], purpose: "" };

  test("the browser that filled in the form", () => expect(isSameBrowser(opening, { visitorId })).toBe(true));
  test("not another browser", () =>
    expect(isSameBrowser({ ...opening, visitorIds: ["x"] }, { visitorId })).toBe(false));
  test("not a browser without the cookie", () =>
    expect(isSameBrowser({ ...opening, visitorIds: [] }, { visitorId })).toBe(false));
  test("not a HEAD", () => expect(isSameBrowser({ ...opening, method: "HEAD" }, { visitorId })).toBe(false));
  test.each(["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"])(
    "not a %s ahead of a click",
    (purpose) => expect(isSameBrowser({ ...opening, purpose }, { visitorId })).toBe(false),
  );
});

test.each([
  ["203.0.113.77", "203.0.113.0/24"],
  ["::ffff:203.0.113.77", "203.0.113.0/24"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["unknown", undefined],
  [undefined, undefined],
])("limits count %s by %s", (address, network) => expect(countedNetwork(address)).toBe(network));

test("a proof keeps less of an IPv6 address than limits count by", () =>
  expect(keptNetwork("2001:db8:1:2::7")).toBe("2001:db8:1::/48"));

test.each([
  [undefined, "en"],
  ["uk-UA,uk;q=0.9,en;q=0.8", "uk"],
  ["de-DE,de;q=0.9,uk;q=0.5,en;q=0.4", "uk"],
  ["en;q=0.3, uk;q=0.7", "uk"],
  ["uk;q=0, de", "en"],
  ["nonsense;;;q=q,,,", "en"],
])("Accept-Language %s is answered in %s", (header, language) => expect(languageOfHeader(header)).toBe(language));

test("the contact's language comes before the browser's", () => {
  expect(languageFor("uk", "en")).toBe("uk");
  expect(languageFor(null, "UA", "en")).toBe("uk");
  expect(languageFor("fr", undefined, "uk_UA")).toBe("uk");
});

describe("tokens", () => {
  test("a token is 256 bits and its hash says nothing of it", () => {
    const token = mintToken();
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect(hashOfToken(token)).toHaveLength(32);
    expect(mintToken()).not.toBe(token);
  });
  test.each(["", "x", "a".repeat(42), "a".repeat(44), `${"a".repeat(42)}=`, `${"a".repeat(42)}\0`])(
    "%j is no token",
    (text) => expect(hashOfToken(text)).toBeUndefined(),
  );
  test("an unsubscribe token is the same for an address and different for another installation", () => {
    const email = emailOf("anna@shop.example");
    expect(unsubscribeTokenOf(keyedHash("one"), email)).toBe(unsubscribeTokenOf(keyedHash("one"), email));
    expect(unsubscribeTokenOf(keyedHash("one"), email)).not.toBe(unsubscribeTokenOf(keyedHash("two"), email));
  });
});

describe("what stands in headers", () => {
  test.each(["a@b.c\r\nBcc: x@y.z", "a@b.c,x@y.z", "<a@b.c>", "a b@c.d", "a@b@c", '"a"@b.c', "a", "a@b;c", "a@b.c\0"])(
    "%j is not one plain address",
    (address) => expect(isMailable(address)).toBe(false),
  );
  test("a subject is one line", () => expect(headerText(" Shop\r\nBcc: x@y.z\u2028\0 ")).toBe("Shop Bcc: x@y.z"));
  test.each([
    ["shop@example.org", { address: "shop@example.org" }],
    ["The Shop <shop@example.org>", { name: "The Shop", address: "shop@example.org" }],
    ['"Кав\'ярня" <shop@example.org>', { name: "Кав'ярня", address: "shop@example.org" }],
    ["The Shop", undefined],
    ["Shop <a@b.c> <d@e.f>", undefined],
    ["a@b.c, d@e.f", undefined],
  ])("MAIL_FROM %s is read", (text, sender) => expect(parseSender(text)).toEqual(sender));
});

describe("after a letter could not be sent", () => {
  const facts = { attempts: 1, now: NOW, random: 0.5 };
  test("it is tried again later and later", () => {
    expect(planAfterFailure({ code: "ECONNECTION" }, facts)).toEqual({ kind: "retry", at: NOW + MINUTE });
    expect(planAfterFailure({}, { ...facts, attempts: 3 })).toEqual({ kind: "retry", at: NOW + 15 * MINUTE });
  });
  test("it is given up when the server says never", () =>
    expect(planAfterFailure({ code: "EENVELOPE", responseCode: 550 }, facts)).toEqual({ kind: "giveUp" }));
  test("a wrong password is not the letter's fault", () =>
    expect(planAfterFailure({ code: "EAUTH", responseCode: 535 }, facts).kind).toBe("retry"));
  test("it is given up after the last wait", () =>
    expect(planAfterFailure({ code: "ECONNECTION" }, { ...facts, attempts: 9 })).toEqual({ kind: "giveUp" }));
});

describe("what a page and a letter repeat", () => {
  const site = { name: '<img src=x onerror="alert(1)">', url: "javascript:alert(1)" };

  test("markup in a site's name stays text", () => {
    const page = renderPage({ kind: "confirmed", site, address: "anna@shop.example" }, "en");
    expect(page).not.toContain("<img");
    expect(page).not.toContain("javascript:");
    const mail = confirmationMail({
      to: emailOf("anna@shop.example"),
      siteName: site.name,
      language: "en",
      publicUrl: "https://b.example/",
      token: mintToken(),
    });
    expect(mail.html).not.toContain("<img");
  });
  test.each(["//evil.example", "/\\evil.example", "https:evil", "https://a:b@evil.example/", "data:text/html,x"])(
    "the way back never leads to %j",
    (url) => {
      const page = renderPage({ kind: "confirmed", site: { name: "Shop", url }, address: "a@b.example" }, "en");
      if (url === "https:evil") expect(page).toContain('href="https://evil/"');
      else expect(page).not.toContain("<a ");
    },
  );
  test("an address is masked", () => expect(maskAddress("anna@shop.example")).toBe("a•••@shop.example"));
});
