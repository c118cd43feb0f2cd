import { afterEach, beforeEach, expect, test } from "vitest";
import { keyedHash } from "../../src/server/subscriptions/token.ts";
import { issueUnsubscribeLink } from "../../src/server/subscriptions/index.ts";
import { normaliseEmail } from "../../src/server/identity/index.ts";
import { subscriptionWorld, type SubscriptionWorld } from "../support/subscription-world.ts";

const MINUTE = 60_000;
const x = "anna@shop.example";

let world: SubscriptionWorld;
beforeEach(async () => {
  world = await subscriptionWorld();
});
afterEach(() => world.close());

const email = () => {
  const normal = normaliseEmail(x);
  if (normal === undefined) throw new Error("The test's address is none.");
  return normal;
};
const issue = () => issueUnsubscribeLink(world.db, { ...world.deps, email: email(), at: world.now() });
const pathOf = (url: string) => new URL(url).pathname;
const oneClick = (url: string) =>
  world.app.inject({
    method: "POST",
    url: pathOf(url),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    payload: "List-Unsubscribe=One-Click",
  });

test("46. one click without cookies unsubscribes, without a redirect, and again answers the same", async () => {
  await world.upsert({ externalCustomerId: "E1", email: x });
  const { url, headers } = await issue();
  expect(headers).toEqual({
    "List-Unsubscribe": `<${url}>`,
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  });
  const first = await oneClick(url);
  const second = await oneClick(url);
  expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
  expect(second.body).toBe(first.body);
  expect(first.headers["set-cookie"]).toBeUndefined();
  expect(await world.emailStatus(x)).toEqual(["unsubscribed"]);
  expect(await world.db.query("SELECT act, method FROM consent_log")).toEqual([
    { act: "unsubscribed", method: "unsubscribe-link" },
  ]);
});

test("a one-click post as form data unsubscribes", async () => {
  await world.upsert({ email: x });
  const { url } = await issue();
  const payload = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n';
  const answer = await world.app.inject({
    method: "POST",
    url: pathOf(url),
    headers: { "content-type": "multipart/form-data; boundary=b" },
    payload,
  });
  expect(answer.statusCode).toBe(200);
  expect(await world.emailStatus(x)).toEqual(["unsubscribed"]);
});

test("47. a scanner's GET changes nothing, and the click afterwards works", async () => {
  await world.upsert({ email: x });
  const { url } = await issue();
  for (let index = 0; index < 100; index += 1) await world.app.inject({ method: "GET", url: pathOf(url) });
  const page = await world.app.inject({ method: "GET", url: pathOf(url), headers: { "accept-language": "uk" } });
  expect(page.body).toContain("Відписатися");
  expect(page.body).not.toContain(x);
  expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  await oneClick(url);
  expect(await world.emailStatus(x)).toEqual(["unsubscribed"]);
});

test("48. the address is unsubscribed even when its contact was deleted after the letter left", async () => {
  await world.upsert({ externalCustomerId: "E1", email: x });
  const { url } = await issue();
  await world.db.query("UPDATE contact SET status = 'deleted', deleted_at = now()");
  expect((await oneClick(url)).statusCode).toBe(200);
  expect(await world.db.query("SELECT status::text AS status FROM channel")).toEqual([{ status: "unsubscribed" }]);
  const suppressed = await world.db.query("SELECT reason FROM suppression WHERE address_hash = $1", [
    keyedHash(world.deps.secretKey)("address", x),
  ]);
  expect(suppressed).toEqual([{ reason: "unsubscribed" }]);
});

test("an erased address is unsubscribed by its hash", async () => {
  const { url } = await issue();
  await world.db.query("UPDATE unsubscribe_token SET email = NULL");
  expect((await oneClick(url)).body).toContain("this address");
  expect(await world.db.query("SELECT reason FROM suppression")).toEqual([{ reason: "unsubscribed" }]);
});

test("the back end's update does not bring an unsubscribed address back", async () => {
  await world.upsert({ externalCustomerId: "E1", email: x });
  await oneClick((await issue()).url);
  await world.upsert({ externalCustomerId: "E1", email: x });
  expect(await world.emailStatus(x)).toEqual(["unsubscribed"]);
});

test("an unsubscribed person comes back by a new double opt-in", async () => {
  await world.upsert({ externalCustomerId: "E1", email: x, visitor: "visitor-one" });
  await oneClick((await issue()).url);
  world.pass(MINUTE);
  await world.signUp({ email: x });
  expect(await world.emailStatus(x)).toEqual(["unsubscribed"]);
  await world.app.inject({ method: "POST", url: world.link(x) });
  expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  expect(await world.db.query("SELECT 1 AS one FROM suppression")).toEqual([]);
});

test.each(["complained", "bounced", "admin"])("a suppressed address gets nothing: %s", async (reason) => {
  await world.db.query(
    "INSERT INTO suppression (channel_type, address_hash, reason, since) VALUES ('email', $1, $2, now())",
    [keyedHash(world.deps.secretKey)("address", x), reason],
  );
  await world.signUp({ email: x });
  expect(world.trap.mails).toHaveLength(0);
});

test("a forged link is answered without a change", async () => {
  await world.upsert({ email: x });
  for (const token of ["forged", "A".repeat(43), "a".repeat(1_500), "%00"]) {
    expect((await world.app.inject({ method: "POST", url: `/unsubscribe/${token}` })).statusCode).toBe(404);
  }
  expect(await world.emailStatus(x)).toEqual(["confirmed"]);
  expect(await world.db.query("SELECT 1 AS one FROM suppression")).toEqual([]);
});
