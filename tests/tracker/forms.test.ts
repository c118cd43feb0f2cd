// @vitest-environment happy-dom
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { fakeCollector, newSite, openPage, queueIsEmpty } from "./support/page.ts";

const collector = fakeCollector();
const site = newSite();
beforeAll(() => {
  collector.server.listen({ onUnhandledRequest: "error" });
  openPage({ site });
});
afterAll(() => collector.server.close());
afterEach(() => {
  collector.forget();
  document.body.innerHTML = "";
});

/** Submits a form with these fields and says which message came of it. */
async function submitted(fields: string, attributes = 'data-backstory="subscribe"') {
  document.body.innerHTML = `<form ${attributes}>${fields}</form>`;
  document.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  await queueIsEmpty(site);
  return collector.received()[0];
}

describe("a field", () => {
  it.each([
    ['<input type="email" name="x" value="a@shop.test">', { email: "a@shop.test" }],
    ['<input name="user_email" value=" a@shop.test ">', { email: "a@shop.test" }],
    ['<input id="newsletter-e-mail" value="a@shop.test">', { email: "a@shop.test" }],
    ['<input type="tel" name="x" value="+380501234567">', { phone: "+380501234567" }],
    ['<input name="contact_phone" value="+380501234567">', { phone: "+380501234567" }],
    [
      '<input autocomplete="given-name" value="Anna"><input autocomplete="family-name" value="Berg">',
      { firstName: "Anna", lastName: "Berg" },
    ],
    [
      '<input name="first_name" value="Anna"><input name="last_name" value="Berg">',
      { firstName: "Anna", lastName: "Berg" },
    ],
    ['<input name="name" value="Anna Berg">', { firstName: "Anna Berg" }],
    ['<input name="q7" data-backstory="email" value="a@shop.test">', { email: "a@shop.test" }],
    ['<input type="hidden" data-backstory="externalId" value="42">', { externalCustomerId: "42" }],
    [
      '<input name="email" value="a@shop.test"><input name="confirm_email" value="b@shop.test">',
      { email: "a@shop.test" },
    ],
  ])("says what it is: %s", async (fields, person) => {
    expect(await submitted(fields)).toMatchObject({ type: "subscribe", ...person });
  });

  it.each([
    '<input type="password" name="email" value="secret-value">',
    '<input type="password" data-backstory="email" value="secret-value">',
    '<input type="hidden" name="email_nonce" value="secret-value">',
    '<input type="checkbox" name="email_optin" checked value="secret-value">',
    '<input name="name-on-card" value="secret-value">',
    '<input autocomplete="cc-name" value="secret-value">',
    '<input autocomplete="cc-family-name" value="secret-value">',
    '<input name="email_token" value="secret-value">',
    '<input name="username" value="secret-value">',
    '<input name="company-name" value="secret-value">',
    '<input name="search" value="secret-value">',
    '<textarea name="email">secret-value</textarea>',
  ])("is none of our business: %s", async (field) => {
    const message = await submitted(`<input type="email" value="a@shop.test">${field}`);
    expect(message).toMatchObject({ email: "a@shop.test" });
    expect(JSON.stringify({ ...message, form: undefined })).not.toContain("secret-value");
  });
});

describe("a form", () => {
  const email = '<input type="email" value="a@shop.test">';

  it("that says identify identifies", async () => {
    expect(await submitted(email, 'data-backstory="identify"')).toMatchObject({
      type: "identify",
      email: "a@shop.test",
    });
  });

  it("that says nothing is left alone", async () => {
    expect(await submitted(email, "")).toBeUndefined();
  });

  it("whose consent box is not ticked is left alone", async () => {
    const box = '<input type="checkbox" data-backstory="consent">';
    expect(await submitted(email + box)).toBeUndefined();
    expect(await submitted(email + box.replace(">", " checked>"))).toMatchObject({ email: "a@shop.test" });
  });

  it("names its lists and what was agreed to", async () => {
    const text = "<label>I want letters about plants</label>";
    const attributes = 'id="footer" data-backstory="subscribe" data-backstory-groups="News , Offers"';
    expect(await submitted(text + email, attributes)).toMatchObject({
      groups: ["News", "Offers"],
      form: { id: "footer", text: expect.stringContaining("I want letters about plants") },
    });
  });
});
