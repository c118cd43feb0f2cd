import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureFirstAdmin } from "../../src/server/admins/index.ts";
import { createApp } from "../../src/server/app.ts";
import { createApiKey, SCOPES } from "../../src/server/db/api-keys.ts";
import type { Services } from "../../src/server/services.ts";
import { cookieOf, PASSWORD } from "../support/admin-world.ts";
import { listening, type Call, type Received } from "../support/http.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

// Every address of the assembled server, asked as somebody else's page, a cache and a file thief would ask.

let db: TestDatabase;
let services: Services;
let app: FastifyInstance;
let call: Call;
let port: number;
let siteKey: string;
let bearer: string;
let session: string;
const mounted = new Map<string, Set<string>>();

beforeAll(async () => {
  db = await testDatabase();
  services = testServices({ db });
  const made = await services.sites.createSite({ name: "Shop" });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  ({ siteKey } = made.site);
  const { secret } = await createApiKey(db, { name: "shop", scopes: SCOPES, now: Date.now() });
  bearer = `Bearer ${secret}`;
  await ensureFirstAdmin(db, { password: PASSWORD });
  app = createApp(services);
  app.addHook("onRoute", ({ url, method }) => {
    const methods = mounted.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    mounted.set(url, methods);
  });
  call = await listening(app);
  ({ port } = app.server.address() as AddressInfo);
  const body = { login: "admin", password: PASSWORD };
  const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  session = cookieOf(await call("POST", "/admin/api/session", { headers, body })) ?? "";
  const contact = { externalCustomerId: "C-1", channels: [{ type: "email", value: "ann@shop.example" }] };
  const json = { authorization: bearer, "content-type": "application/json" };
  expect((await call("POST", "/api/v1/contact", { headers: json, body: contact })).status).toBe(200);
});
afterAll(async () => {
  await app.close();
  await services.close();
});

const concrete = (path: string): string =>
  path
    .replace("/scripts/:file", `/scripts/${siteKey}.js`)
    .replaceAll(/:(\w+)/g, "1")
    .replace("*", "index.html");
const FIXED = ["/healthz", "/readyz", "/backstory.js", "/api/openapi.json", "/api/docs", "/admin", "/nothing"];
const addresses = (): string[] => [...new Set([...FIXED, ...[...mounted.keys()].map(concrete)])].sort();

/** What any page may fetch; nothing there is about anybody. */
const isForEveryPage = (path: string): boolean =>
  path === "/backstory.js" || path.startsWith("/scripts/") || path === "/v1/messages" || /^\/api\/v2\/?$/.test(path);

test("the table of addresses holds those of every slice", () => {
  const all = addresses();
  for (const path of ["/v1/messages", "/api/v1/contact", "/api/v1/device", "/api/v2", "/confirm/1", "/admin/api/keys"])
    expect(all).toContain(path);
  expect(all.length).toBeGreaterThan(60);
});

describe("T5: redirects", () => {
  const ELSEWHERE = [
    ..."//evil.example /\\evil.example \\\\evil.example https:evil.example https:/evil.example https://evil.example".split(
      " ",
    ),
    ..."https://localhost@evil.example https://evil.example%2f.localhost /%09/evil.example %0d%0aLocation:%20//evil".split(
      " ",
    ),
    ..."%2f%2fevil.example /%2fevil.example javascript:alert(1) data:text/html,x //evil%E3%80%82example".split(" "),
  ];

  test("T5: no address sends a browser elsewhere, whatever its path or query asks for", async () => {
    const names = ["next", "url", "redirect", "redirect_uri", "returnTo", "continue", "to", "back", "site"];
    for (const elsewhere of ELSEWHERE) {
      const query = names.map((name) => `${name}=${elsewhere.replace("#", "%23")}`).join("&");
      for (const path of [
        `/confirm/${"A".repeat(43)}?${query}`,
        `/confirm/${elsewhere}`,
        `/unsubscribe/${elsewhere}?${query}`,
        `/admin?${query}`,
        `/admin/login?${query}`,
        `/admin/${elsewhere}`,
        `/scripts/${elsewhere}`,
        elsewhere.startsWith("/") ? elsewhere : `/${elsewhere}`,
      ]) {
        const answer = await call("GET", path);
        expect([path, answer.headers.location, answer.headers.refresh]).toEqual([path, undefined, undefined]);
        expect([path, answer.status >= 300 && answer.status < 400]).toEqual([path, false]);
        expect(answer.text).not.toMatch(/(href|action|src|content)="?[^">]*evil/i);
      }
    }
  });
});

describe("T21: files", () => {
  const UP = ["..", "%2e%2e", "%2E%2E", "..%2f", "..%5c", "..\\", "%252e%252e", ".%00.", "....//", "%c0%ae%c0%ae"];
  const WANTED = ["etc/passwd", "package.json", "server.js", "secret.key", "data/secret.key", "cli.js"];

  test("T21: no path leads out of the folders that are served", async () => {
    const bases = ["/", "/admin/", "/scripts/", "/backstory", "/api/docs/", "/confirm/"];
    const climbs = UP.flatMap((up) => [1, 3, 8].map((depth) => `${up}/`.repeat(depth)));
    for (const base of bases)
      for (const climb of climbs)
        for (const wanted of WANTED) {
          const path = base + climb + wanted;
          const answer = await call("GET", path);
          expect(answer.text).not.toMatch(/root:x:0|"dependencies"|createServer|bsk_/);
          // What is no page of the admin is told to be nothing.
          if (answer.status === 200)
            expect([path, answer.headers["content-type"]]).toEqual([path, "text/html; charset=utf-8"]);
          expect([path, answer.headers["x-content-type-options"]]).toEqual([path, "nosniff"]);
        }
  });

  test("T21: a NUL, a device name or a folder is no file", async () => {
    for (const name of [
      "%00",
      "a%00.js",
      "index.html%00.js",
      "CON",
      "aux.js",
      ".",
      "./",
      "%2e/",
      "*",
      "node_modules",
    ]) {
      for (const base of ["/admin/", "/scripts/"]) {
        const { status, text } = await call("GET", base + name);
        expect([base + name, status < 500]).toEqual([base + name, true]);
        expect(text).not.toMatch(/ENOENT|EISDIR|\/dist/);
      }
    }
  });
});

describe("T12: SQL in every parameter", () => {
  const PAYLOADS = [
    "'",
    '"',
    "1' OR '1'='1",
    "1; DROP TABLE contact; --",
    "1) UNION SELECT NULL, version(), NULL --",
    "' UNION SELECT secret_hash FROM api_key --",
    "$$; COPY event TO PROGRAM 'id'; $$",
    "'||(SELECT pg_read_file('/etc/passwd'))||'",
    "\\'; SELECT lo_import('/etc/passwd'); --",
    "1 AND 1=(SELECT 1 FROM pg_sleep(0))",
    "%' ESCAPE '!' OR '%'='",
    '{"a":"b\'--"}',
    "E'\\\\x27'",
    "\u0000",
    "\u02bc OR 1=1",
  ];

  test("T12: is a value everywhere: no answer is a failure of the server, and nothing is gone", async () => {
    const names = ["q", "before", "code", "id", "ids", "startindex", "maxrows", "email", "phone", "externalCustomerId"];
    const own = { cookie: session, authorization: bearer };
    for (const path of addresses().filter((one) => one.startsWith("/api/v") || one.startsWith("/admin/api")))
      for (const payload of PAYLOADS) {
        const query = names.map((name) => `${name}=${encodeURIComponent(payload)}`).join("&");
        for (const address of [`${path}?${query}`, path.replace("/1", `/${encodeURIComponent(payload)}`)]) {
          const answer = await call("GET", address, { headers: own });
          expect([address, answer.status < 500, answer.text]).toEqual([
            address,
            true,
            expect.not.stringMatching(/syntax error|relation "|SQLSTATE/) as string,
          ]);
        }
      }
    expect(await db.query("SELECT external_customer_id FROM contact")).toEqual([{ externalCustomerId: "C-1" }]);
  });

  test("T12: text that no database holds is refused in every address and body, before it gets there", async () => {
    const odd = "a\u0000b";
    const every = { login: odd, password: odd, name: odd, siteKey: odd, scopes: [odd], condition: odd, email: odd };
    const own = { cookie: session, authorization: bearer, "content-type": "application/json" };
    for (const path of addresses())
      for (const method of ["POST", "PATCH", "PUT", "DELETE"])
        for (const body of [every, { ...every, contact: every, contacts: [every] }, odd]) {
          const headers = path.startsWith("/admin") ? { ...own, "sec-fetch-site": "same-origin" } : own;
          const answer = await call(method, path, { headers, body: JSON.stringify(body) });
          expect([method, path, answer.status < 500]).toEqual([method, path, true]);
        }
    for (const path of ["/", "/admin/", "/admin/api/", "/confirm/", "/unsubscribe/", "/scripts/", "/api/v1/contact/"]) {
      const answer = await call("GET", `${path}a%00b`, { headers: { authorization: bearer } });
      expect([path, answer.status < 500]).toEqual([path, true]);
    }
  });

  test("T12: the product's role at the embedded database can neither run programs nor read files", async () => {
    const role = `app_${process.pid}`;
    await db.query(`CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE`);
    const refused = async (statement: string): Promise<string> =>
      db
        .transaction(async (tx) => {
          await tx.query(`SET LOCAL ROLE ${role}`);
          await tx.query(statement);
        })
        .then(
          () => "done",
          (error: unknown) => (error as { code?: string }).code ?? "",
        );
    expect(await refused("COPY (SELECT 1) TO PROGRAM 'true'")).toBe("42501");
    expect(await refused("SELECT pg_read_file('/etc/passwd')")).toBe("42501");
    expect(await refused("SELECT lo_import('/etc/passwd')")).toBe("42501");
    await db.query(`DROP ROLE ${role}`);
  });
});

// These two last, for among all that they send from our own address is that somebody be deleted and erased.
describe("T16: pages of other origins", () => {
  const origins = (): string[] => [
    "https://evil.example",
    "null",
    "file://",
    `http://localhost:${port}.evil.example`,
    `http://127.0.0.1:${port}`,
    "http://localhost",
    "https://localhost",
    "http://xlocalhost",
    "HTTP://LOCALHOST",
  ];

  test("T16: may read nothing but what is for every page, and never with credentials", async () => {
    for (const path of addresses())
      for (const origin of origins())
        for (const method of ["GET", "POST", "OPTIONS"]) {
          const headers = { origin, cookie: session, "access-control-request-method": "POST" };
          const answer = await call(method, path, { headers });
          const allowed = answer.headers["access-control-allow-origin"];
          expect([path, answer.headers["access-control-allow-credentials"]]).toEqual([path, undefined]);
          if (isForEveryPage(path)) expect([path, ["*", undefined]]).toEqual([path, expect.arrayContaining([allowed])]);
          else expect([method, path, allowed]).toEqual([method, path, undefined]);
        }
  });

  test("T16: get the wildcard from the intake and the tracker, whatever their name", async () => {
    for (const origin of origins())
      for (const [method, path] of [
        ["POST", "/v1/messages"],
        ["OPTIONS", "/v1/messages"],
        ["POST", "/api/v2"],
        ["OPTIONS", "/api/v2"],
        ["GET", "/backstory.js"],
        ["GET", `/scripts/${siteKey}.js`],
      ] as const) {
        const { headers } = await call(method, path, { headers: { origin } });
        expect([path, headers["access-control-allow-origin"]]).toEqual([path, "*"]);
      }
  });
});

describe("T22: caches", () => {
  const isFile = (path: string): boolean => path === "/backstory.js" || path.startsWith("/scripts/");

  test("T22: may keep the tracker's files and nothing else, whoever asks and whatever is answered", async () => {
    for (const path of addresses())
      for (const method of ["GET", "POST", "DELETE"])
        for (const headers of [{}, { authorization: bearer }, { cookie: session }] as Record<string, string>[]) {
          const answer = await call(method, path, { headers });
          const kept = answer.headers["cache-control"];
          if (isFile(path) && answer.status === 200) expect(kept).toMatch(/^public, max-age=300/);
          else expect([method, path, kept]).toEqual([method, path, "no-store"]);
        }
  });

  test("T22: keep files that are the same for everybody and set no cookie", async () => {
    for (const path of ["/backstory.js", `/scripts/${siteKey}.js`]) {
      const known: Received[] = [];
      for (const headers of [{}, { authorization: bearer, cookie: `${session}; backstory_id=visitor-000000000001` }])
        known.push(await call("GET", path, { headers }));
      expect(known[0]?.text).toBe(known[1]?.text);
      for (const { headers } of known) {
        expect(headers["set-cookie"]).toBeUndefined();
        expect(headers.vary).toBe("accept-encoding");
      }
    }
  });
});
