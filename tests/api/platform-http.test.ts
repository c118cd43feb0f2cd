import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/server/app.ts";
import { createApiKey, listApiKeys, replaceNamedKey, revokeApiKey } from "../../src/server/db/api-keys.ts";
import { createKeys, keyOf, requireScope } from "../../src/server/http/auth.ts";
import { problem } from "../../src/server/http/problem.ts";
import { createRateLimiter, limitByAddress, networkOf } from "../../src/server/http/rate-limit.ts";
import { createServer } from "../../src/server/http/server.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

const bare = (trustProxy: readonly string[] = []): FastifyInstance =>
  createServer({ log: createLog("silent"), trustProxy, isHttps: false });

describe("errors", () => {
  test("what was not foreseen tells nothing of the inside", async () => {
    const app = bare();
    app.get("/", () => {
      throw new Error('relation "secret_table" does not exist at /home/me/app.ts');
    });
    const answer = await app.inject({ url: "/" });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toMatch(/secret_table|\/home|\.ts/);
    expect(answer.json()).toMatchObject({ code: "internal", requestId: answer.headers["x-request-id"] });
  });

  test("a database that is away is a 503 with Retry-After", async () => {
    const app = bare();
    app.get("/", () => {
      throw Object.assign(new Error("terminating connection due to administrator command"), { code: "57P01" });
    });
    const answer = await app.inject({ url: "/" });
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "2"]);
  });

  test("broken JSON, too large a body and another type are told apart, in a sentence", async () => {
    const app = bare();
    app.post("/", { bodyLimit: 100 }, () => "fine");
    const post = (payload: string, type = "application/json") =>
      app.inject({ method: "POST", url: "/", payload, headers: { "content-type": type } });
    expect((await post("{")).json()).toMatchObject({ status: 400, code: "invalid_json" });
    expect((await post(`"${"x".repeat(200)}"`)).json()).toMatchObject({ status: 413, code: "too_large" });
    expect((await post("a=b", "application/x-unknown")).json()).toMatchObject({
      status: 415,
      code: "unsupported_media_type",
    });
  });

  test("a method that the address does not take is a 405 that names those it takes", async () => {
    const app = bare();
    app.post("/here", () => "fine");
    const answer = await app.inject({ url: "/here" });
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, "POST"]);
  });

  test("a problem keeps its code, its fields and its headers", async () => {
    const app = bare();
    app.get("/", () => {
      throw problem(409, "taken", "It is taken.", { errors: [{ path: "name", message: "is taken" }], retryAfter: 7 });
    });
    const answer = await app.inject({ url: "/" });
    expect(answer.headers["retry-after"]).toBe("7");
    expect(answer.json()).toMatchObject({ title: "Conflict", code: "taken", errors: [{ path: "name" }] });
  });
});

describe("odd clients", () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = bare();
    app.get("/", () => "fine");
    await app.listen({ port: 0, host: "127.0.0.1" });
  });
  afterAll(() => app.close());

  function raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect((app.server.address() as AddressInfo).port, "127.0.0.1", () => socket.write(text));
      socket.on("data", (chunk) => (answer += chunk.toString()));
      socket.on("close", () => resolve(answer));
      socket.on("error", reject);
    });
  }

  test("P27: headers beyond 16 KB are a 431", async () => {
    const answer = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*The headers are larger than 16 KB\./);
  });

  test("P27: two lengths for one body are refused", async () => {
    const both = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n";
    expect(await raw(`POST / HTTP/1.1\r\nHost: x\r\n${both}\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("P15: a client that never finishes its headers is sent away", async () => {
    expect(await raw("GET / HTTP/1.1\r\nHost: x\r\nX-Slow:")).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("what is no HTTP is a 400", async () => {
    expect(await raw("\u0016\u0003\u0001 hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("the sender's address", () => {
  const ipOf = async (trustProxy: readonly string[], forwarded: string): Promise<string> => {
    const app = bare(trustProxy);
    app.get("/", (request) => request.ip);
    const headers = { "x-forwarded-for": forwarded };
    return (await app.inject({ url: "/", remoteAddress: "10.0.0.7", headers })).body;
  };

  test("P27: X-Forwarded-For of a stranger is not believed", async () => {
    expect(await ipOf([], "203.0.113.9")).toBe("10.0.0.7");
    expect(await ipOf(["192.0.2.0/24"], "203.0.113.9")).toBe("10.0.0.7");
  });

  test("P27: a configured proxy is believed about the last hop that is no proxy", async () => {
    expect(await ipOf(["10.0.0.0/8"], "1.2.3.4, 203.0.113.9, 10.0.0.8")).toBe("203.0.113.9");
  });
});

describe("limits", () => {
  test("a bucket lets a burst through, then the rate, and says how long to wait", () => {
    let now = 1_000_000;
    const limiter = createRateLimiter({ perSecond: 2, burst: 4 }, () => now);
    expect([1, 2, 3, 4].map(() => limiter.take("a"))).toEqual([0, 0, 0, 0]);
    expect(limiter.take("a")).toBe(1);
    expect(limiter.take("b")).toBe(0);
    now += 500;
    expect([limiter.take("a"), limiter.take("a")]).toEqual([0, 1]);
    now -= 60_000;
    expect(limiter.take("a")).toBe(1);
  });

  test("a flood of addresses costs bounded memory and forgets the longest unseen first", () => {
    const limiter = createRateLimiter({ perSecond: 1, burst: 1 }, () => 0);
    limiter.take("first");
    for (let number = 0; number < 60_000; number += 1) limiter.take(`flood-${number}`);
    expect(limiter.take("first")).toBe(0);
    expect(limiter.take("flood-59999")).toBe(1);
  });

  test("a network of IPv6 counts as one sender", () => {
    expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe(networkOf("2001:db8:1:2::1"));
    expect(networkOf("2001:db8:1:2::1")).not.toBe(networkOf("2001:db8:1:3::1"));
    expect(networkOf("::ffff:192.0.2.1")).toBe("192.0.2.1");
    expect(networkOf("::1")).toBe("0:0:0:0::/64");
  });

  test("one request too many is a 429 that says when to come back", async () => {
    const app = bare();
    const limiter = createRateLimiter({ perSecond: 1, burst: 1 }, () => 0);
    app.get("/", { onRequest: limitByAddress(limiter) }, () => "fine");
    expect((await app.inject({ url: "/" })).statusCode).toBe(200);
    const answer = await app.inject({ url: "/" });
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([429, "1"]);
  });
});

describe("secret keys", () => {
  let db: TestDatabase;
  let app: FastifyInstance;
  let secret: string;
  let keyId: string;
  beforeAll(async () => {
    db = await testDatabase();
    const keys = createKeys({ db });
    ({
      secret,
      key: { keyId },
    } = await createApiKey(db, { name: "Shop", scopes: ["contacts:read"], now: Date.now() }));
    app = bare();
    app.get("/read", { onRequest: requireScope(keys, "contacts:read") }, (request) => keyOf(request).name);
    app.get("/write", { onRequest: requireScope(keys, "contacts:write") }, () => "written");
    app.delete("/forget", (_request, reply) => {
      keys.forget(keyId);
      return reply.send("forgotten");
    });
  });
  const get = (headers: Record<string, string>, url = "/read") => app.inject({ url, headers });
  const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString("base64")}` });

  test("a key works as password of any user, and as bearer", async () => {
    for (const headers of [basic(`:${secret}`), basic(`anybody:${secret}`), { authorization: `Bearer ${secret}` }])
      expect((await get(headers)).body).toBe("Shop");
  });

  test("no key, a wrong key and a key with one character changed are refused alike", async () => {
    const changed = secret.slice(0, -1) + (secret.endsWith("A") ? "B" : "A");
    const bodies: unknown[] = [];
    for (const headers of [{}, basic(":nonsense"), basic(`:${changed}`), { authorization: "Bearer" }]) {
      const answer = await get(headers);
      expect(answer.headers["www-authenticate"]).toBe('Basic realm="Backstory"');
      bodies.push({ ...answer.json<object>(), requestId: "" });
    }
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  });

  test("a scope that the key lacks is named", async () => {
    const answer = await get(basic(`:${secret}`), "/write");
    expect(answer.statusCode).toBe(403);
    expect(answer.json<{ detail: string }>().detail).toContain("contacts:write");
  });

  test("71. a secret key in a page is refused even if it is good", async () => {
    for (const sign of [{ origin: "https://shop.example" }, { "sec-fetch-site": "same-origin" }])
      expect((await get({ ...basic(`:${secret}`), ...sign })).json()).toMatchObject({ code: "secret_key_in_browser" });
  });

  test("the table holds no secret", async () => {
    const rows = JSON.stringify(await db.query("SELECT * FROM api_key"));
    expect(rows).not.toContain(secret);
    expect(rows).not.toContain(secret.split("_")[2]);
    expect((await listApiKeys(db))[0]?.ending).toBe(secret.slice(-4));
  });

  test("a revoked key stops working at once where it was revoked", async () => {
    expect((await get(basic(`:${secret}`))).statusCode).toBe(200);
    expect(await revokeApiKey(db, { keyId, now: Date.now() })).toBe(true);
    await app.inject({ method: "DELETE", url: "/forget" });
    expect((await get(basic(`:${secret}`))).statusCode).toBe(401);
  });

  test("a key from the environment replaces the one before", async () => {
    const name = "API_KEY";
    const [first, second] = ["the-first-key-of-the-environment", "the-second-key-of-the-environment"];
    await replaceNamedKey(db, { name, secret: first, scopes: ["contacts:read"], now: Date.now() });
    expect((await get(basic(`:${first}`))).body).toBe(name);
    await replaceNamedKey(db, { name, secret: second, scopes: ["contacts:read"], now: Date.now() });
    await replaceNamedKey(db, { name, secret: second, scopes: ["contacts:read"], now: Date.now() });
    expect((await get(basic(`:${second}`))).body).toBe(name);
    expect((await listApiKeys(db)).map((key) => key.ending)).toEqual([second.slice(-4)]);
  });
});

describe("the tracker's file", () => {
  let app: FastifyInstance;
  let distDir: string;
  const script = "console.log('backstory');".repeat(50);
  beforeAll(async () => {
    distDir = mkdtempSync(join(tmpdir(), "backstory-dist-"));
    writeFileSync(join(distDir, "backstory.js"), script);
    app = createApp(testServices({ db: await testDatabase() }), { distDir });
  });
  afterAll(async () => {
    await app.close();
    rmSync(distDir, { recursive: true });
  });

  test("it is served to any page, compressed, and not sent again when it is known", async () => {
    const answer = await app.inject({ url: "/backstory.js", headers: { "accept-encoding": "gzip, br" } });
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      "content-encoding": "br",
      vary: "accept-encoding",
    });
    expect(answer.headers["cache-control"]).toContain("max-age=300");
    expect(brotliDecompressSync(answer.rawPayload).toString()).toBe(script);
    const again = await app.inject({
      url: "/backstory.js",
      headers: { "accept-encoding": "gzip, br", "if-none-match": String(answer.headers.etag) },
    });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
  });

  test("a client that takes no compression gets none", async () => {
    const answer = await app.inject({ url: "/backstory.js", headers: { "accept-encoding": "br;q=0, gzip;q=0.0" } });
    expect([answer.headers["content-encoding"], answer.body]).toEqual([undefined, script]);
  });
});

describe("health", () => {
  test("a server whose database is away lives but is not ready", async () => {
    const db = await testDatabase();
    const app = createApp(testServices({ db }), {});
    expect((await app.inject({ url: "/readyz" })).statusCode).toBe(200);
    const away = createApp(testServices({ db }), { isReady: () => Promise.reject(new Error("away")) });
    expect((await away.inject({ url: "/readyz" })).statusCode).toBe(503);
    expect((await away.inject({ url: "/healthz" })).statusCode).toBe(200);
    await Promise.all([app.close(), away.close()]);
  });
});
