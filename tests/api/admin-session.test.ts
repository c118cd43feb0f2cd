import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { ensureFirstAdmin } from "../../src/server/admins/index.ts";
import { adminWorld, cookieOf, PASSWORD } from "../support/admin-world.ts";
import { testDatabase } from "../support/postgres.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NEXT = "another good password";

test("the first admin gets a one-time password, and a new one at each start until a password is chosen", async () => {
  const { db, logIn } = await adminWorld();
  await db.query("DELETE FROM admin_user");
  const first = await ensureFirstAdmin(db);
  const second = await ensureFirstAdmin(db);
  expect(first.email).toBe("admin");
  expect(first.oneTimePassword).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/);
  expect(second.oneTimePassword).not.toBe(first.oneTimePassword);
  await expect(logIn("admin", first.oneTimePassword)).rejects.toThrow("401");

  const browser = await logIn("admin", second.oneTimePassword);
  const changed = await browser.call("POST", "/password", { body: { current: second.oneTimePassword, next: NEXT } });
  expect(changed.status).toBe(200);
  expect(await ensureFirstAdmin(db)).toEqual({ email: "admin" });
  await logIn("admin", NEXT);
});

test("two processes that start together agree on one first admin", async () => {
  const db = await testDatabase();
  await Promise.all([ensureFirstAdmin(db), ensureFirstAdmin(db), ensureFirstAdmin(db)]);
  expect(await db.query("SELECT login, role, must_change_password FROM admin_user")).toEqual([
    { login: "admin", role: "owner", mustChangePassword: true },
  ]);
});

test("a password from the environment does not replace one that was chosen", async () => {
  const { db, logIn } = await adminWorld();
  expect(await ensureFirstAdmin(db, { password: "quite another password" })).toEqual({ email: "admin" });
  await logIn("admin", PASSWORD);
});

test("a one-time password opens nothing but the change of password", async () => {
  const { db, logIn } = await adminWorld();
  await db.query("UPDATE admin_user SET must_change_password = true");
  const browser = await logIn();
  const me = await browser.call("GET", "/session");
  expect(me.json()).toMatchObject({ login: "admin", mustChangePassword: true });
  const contacts = await browser.call("GET", "/contacts");
  expect(contacts.status).toBe(403);
  expect(contacts.json()).toMatchObject({ code: "password_change_required" });
});

test("a session cookie cannot be read by scripts, nor sent by foreign pages", async () => {
  const { browser } = await adminWorld();
  const answer = await browser().call("POST", "/session", { body: { login: "admin", password: PASSWORD } });
  const cookie = answer.headers["set-cookie"]?.[0] ?? "";
  expect(cookie).toMatch(/^backstory_admin=[\w-]{43};/);
  expect(cookie.split("; ").slice(1).sort()).toEqual(["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Lax"]);
});

test("a session cookie on https is bound to the host and to https", async () => {
  const { browser, raw } = await adminWorld({ publicUrl: "https://stats.example" });
  const answer = await browser().call("POST", "/session", { body: { login: "admin", password: PASSWORD } });
  const cookie = answer.headers["set-cookie"]?.[0] ?? "";
  expect(cookie).toMatch(/^__Host-backstory_admin=[\w-]{43};/);
  expect(cookie).toContain("; Secure");
  const plain = (cookieOf(answer) ?? "").replace("__Host-", "");
  expect((await raw("GET", "/admin/api/session", { headers: { cookie: plain } })).status).toBe(401);
});

test("a session is stored as a hash: the table opens nothing", async () => {
  const { db, logIn } = await adminWorld();
  const { cookie = "" } = await logIn();
  const secret = cookie.slice(cookie.indexOf("=") + 1);
  const [row] = await db.query<{ sessionHash: Buffer }>("SELECT session_hash FROM admin_session");
  expect(row?.sessionHash).toEqual(createHash("sha256").update(secret).digest());
});

test("a session ends after thirty idle minutes", async () => {
  const { logIn, wait } = await adminWorld();
  const browser = await logIn();
  wait(29 * MINUTE);
  expect((await browser.call("GET", "/session")).status).toBe(200);
  wait(29 * MINUTE);
  expect((await browser.call("GET", "/session")).status).toBe(200);
  wait(30 * MINUTE);
  expect((await browser.call("GET", "/session")).status).toBe(401);
});

test("a session ends after twelve hours, however busy it was", async () => {
  const { logIn, wait } = await adminWorld();
  const browser = await logIn();
  for (let slept = 0; slept < 12 * HOUR - 20 * MINUTE; slept += 20 * MINUTE) {
    wait(20 * MINUTE);
    expect((await browser.call("GET", "/session")).status).toBe(200);
  }
  wait(20 * MINUTE);
  expect((await browser.call("GET", "/session")).status).toBe(401);
});

test("a changed password ends every session, and the one who changed it goes on with a new one", async () => {
  const { browser, logIn } = await adminWorld();
  const elsewhere = await logIn();
  const here = await logIn();
  const changed = await here.call("POST", "/password", { body: { current: PASSWORD, next: NEXT } });
  expect(changed.status).toBe(200);
  expect((await elsewhere.call("GET", "/session")).status).toBe(401);
  expect((await here.call("GET", "/session")).status).toBe(401);
  expect((await browser(cookieOf(changed)).call("GET", "/session")).status).toBe(200);
  await expect(logIn("admin", PASSWORD)).rejects.toThrow("401");
  await logIn("admin", NEXT);
});

test.each([
  ["too short", "short", "too short"],
  ["the same again", PASSWORD, "the current one"],
  ["little more than the name", "myadmin123", "little more than your name"],
])("a new password that is %s is refused in words", async (_, next, words) => {
  const { logIn } = await adminWorld();
  const answer = await (await logIn()).call("POST", "/password", { body: { current: PASSWORD, next } });
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({ code: "password_refused", detail: expect.stringContaining(words) });
});

test("a password is not changed by somebody who does not know it", async () => {
  const { logIn } = await adminWorld();
  const browser = await logIn();
  const answer = await browser.call("POST", "/password", { body: { current: "a wild guess", next: NEXT } });
  expect(answer.status).toBe(403);
  expect((await browser.call("GET", "/session")).status).toBe(200);
});

test("logging out ends the session on the server, not only in the browser", async () => {
  const { logIn } = await adminWorld();
  const browser = await logIn();
  const answer = await browser.call("DELETE", "/session");
  expect(answer.status).toBe(204);
  expect(answer.headers["set-cookie"]?.[0]).toContain("Max-Age=0");
  expect((await browser.call("GET", "/session")).status).toBe(401);
});

test("logging in again ends the session that this browser had", async () => {
  const { browser, logIn } = await adminWorld();
  const before = await logIn();
  const again = await before.call("POST", "/session", { body: { login: "admin", password: PASSWORD } });
  expect((await before.call("GET", "/session")).status).toBe(401);
  expect((await browser(cookieOf(again)).call("GET", "/session")).status).toBe(200);
});

test("a changed role and a removed admin count at once", async () => {
  const { db, as } = await adminWorld();
  const browser = await as("developer");
  expect((await browser.call("GET", "/keys")).status).toBe(200);
  await db.query("UPDATE admin_user SET role = 'viewer' WHERE login = 'developer'");
  expect((await browser.call("GET", "/keys")).status).toBe(403);
  await db.query("DELETE FROM admin_user WHERE login = 'developer'");
  expect((await browser.call("GET", "/session")).status).toBe(401);
});

test("an unknown name and a wrong password get the same answer", async () => {
  const { browser } = await adminWorld();
  const answers = await Promise.all(
    ["admin", "nobody"].map((login) => browser().call("POST", "/session", { body: { login, password: "wrong" } })),
  );
  const told = answers.map((answer) => ({ ...(answer.json() as object), requestId: "", status: answer.status }));
  expect(told[0]).toMatchObject({ status: 401, code: "wrong_credentials" });
  expect(told[1]).toEqual(told[0]);
});

test("the sixth attempt on an account within a quarter of an hour is refused, even with the right password", async () => {
  const { browser, logIn, wait } = await adminWorld();
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const answer = await browser().call("POST", "/session", { body: { login: " ADMIN ", password: "wrong" } });
    expect(answer.status).toBe(401);
  }
  const refused = await browser().call("POST", "/session", { body: { login: "admin", password: PASSWORD } });
  expect(refused.status).toBe(429);
  expect(refused.json()).toMatchObject({ code: "too_many_attempts" });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(14 * 60);
  wait(15 * MINUTE);
  await logIn();
});

test("one address cannot go on guessing by changing the account", async () => {
  const { browser } = await adminWorld();
  const statuses: number[] = [];
  for (let attempt = 1; attempt <= 21; attempt += 1) {
    const body = { login: `someone-${attempt}`, password: "wrong" };
    statuses.push((await browser().call("POST", "/session", { body })).status);
  }
  expect(statuses.slice(0, 20)).toEqual(Array<number>(20).fill(401));
  expect(statuses[20]).toBe(429);
});

test("logging in often and rightly is never refused", async () => {
  const { logIn } = await adminWorld();
  for (let time = 0; time < 25; time += 1) await logIn();
});
