import fc from "fast-check";
import { parse } from "csv-parse/sync";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { AdminRole } from "../../src/contract/admin/session.ts";
import { adminRouteTable, ensureFirstAdmin } from "../../src/server/admins/index.ts";
import { OPERATIONS } from "../../src/server/api-operations.ts";
import { createApp } from "../../src/server/app.ts";
import { SCOPES, type Scope } from "../../src/server/db/api-keys.ts";
import { adminWorld, PASSWORD, type AdminWorld } from "../support/admin-world.ts";
import { launchChromium } from "../support/browser.ts";
import { basic, contactApi, type ContactApi } from "../support/contact-api.ts";
import { freePort } from "../support/server-process.ts";
import { testDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

let world: AdminWorld;
let api: ContactApi;
beforeAll(async () => {
  [world, api] = await Promise.all([adminWorld(), contactApi({ requestsPerSecond: 100_000 })]);
});

const anyDeps = new Proxy({}, { get: () => undefined });
const concrete = (path: string, id: string): string => path.replace(":id", id);

describe("T11: the contact API", () => {
  const scopes = ["any", ...SCOPES] as const;

  test.each(OPERATIONS.map((operation) => [`${operation.method.toUpperCase()} ${operation.path}`, operation] as const))(
    "T11: %s is open to keys with its scope and to no other",
    async (_, { method, path, scope, body, example }) => {
      const address = `/api${path}`.replaceAll(/\{\w+\}/g, "999999");
      for (const held of scopes) {
        if (held === "any") continue;
        const secret = await api.key(held);
        const answer = await api.call(method.toUpperCase(), address, {
          headers: { authorization: basic(secret) },
          // What is no body of it fails later, at the contract: what counts is who gets that far.
          ...(body !== undefined && { body: example }),
        });
        if (answer.status === 403) expect(refusalIsRight(answer.text, { scope, held, path })).toBe(true);
        else expect([held, mayCall(held, { scope, path })]).toEqual([held, true]);
      }
      for (const authorization of ["", basic("bsk_0000000000_made-up"), basic("site_demo"), "Bearer "]) {
        const refused = await api.call(method.toUpperCase(), address, { headers: { authorization } });
        expect([authorization, refused.status]).toEqual([authorization, 401]);
      }
    },
  );

  interface Asked {
    readonly scope: Scope | "any";
    readonly path: string;
  }
  /** The address of an app's events is also that of a back end's past ones. */
  function mayCall(held: Scope, { scope, path }: Asked): boolean {
    if (path === "/v1/events") return held === "mobile" || held === "events";
    return scope === "any" || scope === held;
  }
  const refusalIsRight = (text: string, asked: Asked & { readonly held: Scope }): boolean =>
    text.includes("scope") && (asked.scope === "any" || !mayCall(asked.held, asked) || asked.path === "/v1/events");
});

describe("T10: what belongs to another site or is not there", () => {
  test("T10: every address of the admin with a number or a name answers for it alone", async () => {
    const table = adminRouteTable(anyDeps as never, anyDeps as never).filter(({ path }) => path.includes(":id"));
    expect(table.length).toBeGreaterThan(15);
    const ids = ["999999", "0", "-1", "1e3", "9007199254740993", "1%20OR%201=1", "%00", "..%2f1", "null"];
    const odd: string[] = [];
    for (const role of AdminRole.enum) {
      const browser = await world.as(role);
      for (const { method, path } of table)
        for (const id of ids) {
          const body = method === "GET" ? undefined : {};
          const { status } = await browser.call(method, concrete(path, id), { body });
          if (status < 400 || status >= 500) odd.push(`${role} ${method} ${concrete(path, id)} ${status}`);
        }
    }
    expect(odd).toEqual([]);
  });
});

describe("T15: sessions", () => {
  test("T15: a cookie from before a log-in, a log-out, a new password, a removal opens nothing afterwards", async () => {
    const own = await adminWorld();
    const opens = async (cookie: string | undefined): Promise<boolean> =>
      (await own.browser(cookie).call("GET", "/session")).status === 200;
    const owner = await own.logIn();

    const fixed = `backstory_admin=${"A".repeat(43)}`;
    expect(await opens(fixed)).toBe(false);
    const body = { login: "admin", password: PASSWORD };
    expect((await own.browser(fixed).call("POST", "/session", { body })).status).toBe(200);
    expect(await opens(fixed)).toBe(false);

    const leaving = await own.logIn();
    await leaving.call("DELETE", "/session");
    expect(await opens(leaving.cookie)).toBe(false);

    const [one, two] = [await own.logIn(), await own.logIn()];
    const change = { current: PASSWORD, next: "another horse battery" };
    expect((await one.call("POST", "/password", { body: change })).status).toBeLessThan(300);
    for (const old of [owner, one, two]) expect(await opens(old.cookie)).toBe(false);

    const again = await own.logIn("admin", "another horse battery");
    const made = await again.call("POST", "/users", { body: { login: "ann", role: "viewer" } });
    const ann = await own.logIn("ann", (made.json() as { oneTimePassword: string }).oneTimePassword);
    expect(await opens(ann.cookie)).toBe(true);
    const { users } = (await again.call("GET", "/users")).json() as { users: { id: number; login: string }[] };
    const { id = 0 } = users.find(({ login }) => login === "ann") ?? {};
    expect((await again.call("DELETE", `/users/${id}`)).status).toBe(204);
    expect(await opens(ann.cookie)).toBe(false);
  });
});

describe("T8: files for spreadsheets", () => {
  test("T8: whatever a person is called, no cell begins as a formula does, and without the guard it is what was stored", async () => {
    const owner = await world.as("owner");
    const starts = fc.constantFrom("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠", "=cmd|'/c calc'!A1", '"=1', "");
    const name = fc.tuple(starts, fc.string({ unit: "grapheme", maxLength: 20 })).map((parts) => parts.join(""));
    const names = fc
      .sample(name, 300)
      .map((text) => text.replaceAll("\u0000", "").trim())
      .filter((text) => text !== "");
    await world.db.query("TRUNCATE contact CASCADE");
    for (const text of names)
      await world.db.query(
        "INSERT INTO contact (first_name, contact_source, created_at, updated_at) VALUES ($1, 'API', now(), now())",
        [text],
      );
    const { text } = await owner.call("GET", "/contacts/download?format=csv");
    const rows = parse<Record<string, string>>(text, { bom: true, columns: true });
    const told = rows.map((row) => row["firstName"] ?? "");
    for (const row of rows)
      for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/);
    expect(told.map((cell) => cell.replace(/^'(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/, "")).sort()).toEqual(
      [...names].sort(),
    );
  });
});

describe("T7: a foreign page", () => {
  test("T7: that posts to every address of the admin from a browser that is logged in changes nothing", async () => {
    const db = await testDatabase();
    const port = await freePort();
    const services = testServices({ db, publicUrl: `http://localhost:${port}` });
    await ensureFirstAdmin(db, { password: PASSWORD });
    const app = createApp(services);
    const answers: number[] = [];
    app.addHook("onResponse", (request, reply, done) => {
      if (request.url.startsWith("/admin/api/") && request.method !== "OPTIONS") answers.push(reply.statusCode);
      done();
    });
    await app.listen({ port, host: "127.0.0.1" });
    const evil = createServer((_request, response) =>
      response.setHeader("content-type", "text/html").end("<h1>Win</h1>"),
    );
    await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
    const browser = await launchChromium();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`http://localhost:${port}/admin`);
    const logIn = { login: "admin", password: PASSWORD };
    const status = await page.evaluate(async (body) => {
      const headers = { "content-type": "application/json" };
      return (await fetch("/admin/api/session", { method: "POST", headers, body: JSON.stringify(body) })).status;
    }, logIn);
    expect(status).toBe(200);
    const before = await everything();
    answers.length = 0;

    await page.goto(`http://localhost:${(evil.address() as AddressInfo).port}/`);
    const changing = adminRouteTable(anyDeps as never, anyDeps as never).filter(({ method }) => method !== "GET");
    const targets = changing.map(({ path }) => `http://localhost:${port}/admin/api${concrete(path, "1")}`);
    await page.evaluate(async (addresses) => {
      for (const address of addresses)
        for (const type of ["text/plain", "application/x-www-form-urlencoded"])
          await fetch(address, {
            method: "POST",
            mode: "no-cors",
            credentials: "include",
            headers: { "content-type": type },
            body: '{"login":"eve","role":"owner","name":"x","scopes":["contacts:read"]}',
          }).catch(() => undefined);
      for (const address of addresses) {
        const frame = Object.assign(document.createElement("iframe"), { name: `f${Math.random()}` });
        const form = Object.assign(document.createElement("form"), {
          method: "post",
          action: address,
          target: frame.name,
        });
        document.body.append(frame, form);
        const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
        form.submit();
        await loaded;
      }
    }, targets);

    expect(answers.length).toBeGreaterThanOrEqual(3 * targets.length);
    expect(answers.filter((code) => code < 400)).toEqual([]);
    expect(await everything()).toEqual(before);
    await browser.close();
    evil.closeAllConnections();
    evil.close();
    await app.close();
    await services.close();

    async function everything(): Promise<unknown> {
      return {
        users: await db.query("SELECT login, role, password_hash FROM admin_user"),
        keys: await db.query("SELECT key_id FROM api_key"),
        sites: await db.query("SELECT * FROM site"),
        exports: await db.query("SELECT * FROM export"),
        segments: await db.query("SELECT * FROM segment"),
        sessions: await db.query("SELECT session_hash FROM admin_session"),
      };
    }
  });
});
