import { beforeAll, describe, expect, test } from "vitest";
import { AdminRole, type AdminRight } from "../../src/contract/admin/session.ts";
import { ADMIN_API_PATH } from "../../src/contract/wire.ts";
import { adminRouteTable, rightsOf, type AdminRoute } from "../../src/server/admins/index.ts";
import { adminWorld, OWN_PAGE, type AdminWorld } from "../support/admin-world.ts";

// Made from the route table itself, so that a new route is tested the moment it is written.

const ROLES = AdminRole.enum;
const anyDeps = new Proxy({}, { get: () => undefined });
const TABLE = adminRouteTable(anyDeps as never, anyDeps as never);
const named = TABLE.map((route) => [`${route.method} ${route.path}`, route] as const);
const changing = named.filter(([, { method }]) => method !== "GET");
const guarded = named.filter(([, { need }]) => need !== "nobody");

let world: AdminWorld;
beforeAll(async () => {
  world = await adminWorld();
});

const concrete = ({ path }: AdminRoute) => path.replace(":id", "1");
const json = { "content-type": "application/json" };

test("the server has no route of the admin's API that is not in the table", () => {
  const table = TABLE.flatMap(({ method, path }) =>
    // Fastify answers HEAD for each GET.
    method === "GET" ? [`GET ${path}`, `HEAD ${path}`] : [`${method} ${path}`],
  );
  const mounted = world.mounted
    .filter(({ url }) => url !== `${ADMIN_API_PATH}/*` && url !== `${ADMIN_API_PATH}/` && url !== ADMIN_API_PATH)
    .flatMap(({ method, url }) => [method].flat().map((name) => `${name} ${url.slice(ADMIN_API_PATH.length)}`));
  expect(mounted.sort()).toEqual(table.sort());
});

test.each(guarded)("%s answers nobody without a session", async (_, route) => {
  const answer = await world.browser().call(route.method, concrete(route), { body: {} });
  expect(answer.status).toBe(401);
  expect(answer.json()).toMatchObject({ code: "login_required" });
});

test.each(guarded)("%s answers nobody with a made-up session", async (_, route) => {
  const cookie = `backstory_admin=${"x".repeat(43)}`;
  expect((await world.browser(cookie).call(route.method, concrete(route))).status).toBe(401);
});

test("addresses that do not exist are not told from those that do without a session", async () => {
  const stranger = await world.browser().call("GET", "/nothing/here");
  expect(stranger.json()).toMatchObject({ status: 401, code: "login_required" });
  const owner = await world.as("owner");
  expect((await owner.call("GET", "/nothing/here")).status).toBe(404);
  expect((await owner.call("PUT", "/contacts")).status).toBe(404);
});

describe.each(ROLES)("as %s", (role) => {
  test.each(guarded)("%s is open exactly when the role has the right", async (_, route) => {
    const browser = await world.as(role);
    // Without a body most of these fail later, at the contract: what counts is who gets that far.
    const { status } = await browser.call(route.method, concrete(route));
    const isOpen = route.need === "session" || rightsOf(role).includes(route.need as AdminRight);
    if (isOpen) expect(status).not.toBe(403);
    else expect(status).toBe(403);
  });
});

const FOREIGN: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["a page of another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
  ["a page of a neighbouring host", { "sec-fetch-site": "same-site", origin: "http://other.localhost:3000" }],
  ["an address typed by hand", { "sec-fetch-site": "none" }],
  ["a page of another site, in an old browser", { origin: "https://evil.example" }],
  ["a page whose address begins like ours", { origin: "http://localhost:3000.evil.example" }],
  ["a sandboxed page", { origin: "null" }],
  ["something that says nothing of where it comes from", {}],
];
describe.each(FOREIGN)("from %s", (_, headers) => {
  test.each(changing)("%s changes nothing", async (_name, route) => {
    const { cookie = "" } = await world.as("owner");
    const answer = await world.raw(route.method, ADMIN_API_PATH + concrete(route), {
      body: {},
      headers: { ...json, ...headers, cookie },
    });
    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ code: "foreign_page" });
  });
});

test("a browser that tells only its Origin may speak when that is us", async () => {
  const { cookie = "" } = await world.as("owner");
  for (const origin of ["http://localhost:3000", "http://127.0.0.1:9"]) {
    const answer = await world.raw("DELETE", `${ADMIN_API_PATH}/keys/unknown`, {
      headers: { cookie, origin, host: "127.0.0.1:9" },
    });
    expect(answer.json()).toMatchObject({ code: "unknown_key" });
  }
});

test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html"])(
  "a body of type %s is not taken",
  async (type) => {
    const body = JSON.stringify({ login: "admin", password: "x" });
    const answer = await world.raw("POST", `${ADMIN_API_PATH}/session`, {
      body,
      headers: { ...OWN_PAGE, "content-type": type },
    });
    expect(answer.status).toBe(415);
  },
);

test("no answer may be kept by a cache, and none can act as a page", async () => {
  for (const browser of [world.browser(), await world.as("owner")]) {
    const { headers } = await browser.call("GET", "/contacts");
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  }
});
