import { beforeAll, describe, expect, test } from "vitest";
import { basic, contactApi, type ContactApi } from "../support/contact-api.ts";

let api: ContactApi;
beforeAll(async () => {
  api = await contactApi();
});

const info = (headers: Record<string, string>) => api.call("GET", "/api/v1/account/info", { headers });

describe("a secret key", () => {
  test("is the password of Basic with any user name, or a Bearer token", async () => {
    const secret = await api.key("contacts:read");
    for (const authorization of [
      basic(secret),
      basic(secret, "user"),
      basic(secret, "a:b".slice(0, 1)),
      `Bearer ${secret}`,
    ])
      expect((await info({ authorization })).status).toBe(200);
  });

  test.each([
    ["missing", ""],
    ["wrong", basic("nonsense")],
    ["of another scheme", "Digest x"],
    ["cut short", "Basic"],
  ])("that is %s is a 401 in the vendor's words", async (_what, authorization) => {
    const answer = await info({ authorization });
    expect([answer.status, answer.text, answer.headers["www-authenticate"]]).toEqual([
      401,
      "Unauthorized",
      'Basic realm="Backstory"',
    ]);
  });

  test("without the scope is a 403 that names it, and nothing is done", async () => {
    const authorization = basic(await api.key("contacts:read"));
    const headers = { authorization };
    const added = await api.call("POST", "/api/v1/contact", { headers, body: { externalCustomerId: "no-scope" } });
    expect([added.status, added.text]).toEqual([403, expect.stringContaining("contacts:write")]);
    const deleted = await api.call("DELETE", "/api/v1/contact/1", { headers });
    expect([deleted.status, deleted.text]).toEqual([403, expect.stringContaining("contacts:delete")]);
    expect((await api.call("GET", "/api/v1/contacts", { headers })).json()).toEqual([]);
  });

  test.each([{ origin: "https://shop.example" }, { "sec-fetch-site": "same-origin" }])(
    "that comes from a browser (%o) is refused",
    async (headers) => {
      const answer = await api.call("POST", "/api/v1/contact", { headers, body: { externalCustomerId: "browser" } });
      expect([answer.status, answer.text]).toEqual([403, expect.stringContaining("do not belong in web pages")]);
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    },
  );

  test("that asks too often is told when to come back", async () => {
    const slow = await contactApi({ requestsPerSecond: 3, clock: () => 1_000_000 });
    const answers = [];
    for (let n = 0; n < 4; n += 1)
      answers.push(await slow.call("POST", "/api/v1/contact", { body: { externalCustomerId: "often" } }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[3]?.headers["retry-after"]).toBe("1");
  });
});

describe("the connection test of plug-ins", () => {
  test("names the account", async () => {
    const answer = await api.call("GET", "/api/v1/account/info/");
    expect(answer.json()).toEqual({ userEmail: "owner@shop.example", organisationName: "Shop", orgId: 1 });
  });

  test("names the version", async () => {
    const answer = await api.call("GET", "/api/v1/version");
    expect(answer.json()).toEqual({ version: "1", protocolVersion: "1.0" });
  });
});
