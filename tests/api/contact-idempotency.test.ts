import { beforeEach, describe, expect, test } from "vitest";
import { contactApi, type ContactApi } from "../support/contact-api.ts";

let api: ContactApi;
let now = Date.UTC(2026, 5, 1);
beforeEach(async () => {
  api = await contactApi({ clock: () => now });
});

const add = (body: unknown, key: string) =>
  api.call("POST", "/api/v1/contact", { body, headers: { "idempotency-key": key } });

describe("an Idempotency-Key", () => {
  test("114. gives the same answer for 24 hours and has the effect once", async () => {
    const person = { externalCustomerId: "once", firstName: "Ada" };
    const first = await add(person, "k-1");
    await api.call("POST", "/api/v1/contact", { body: { externalCustomerId: "once", firstName: "Grace" } });
    now += 23 * 3_600_000;
    const second = await add(person, "k-1");

    expect([second.status, second.text, second.headers["content-type"]]).toEqual([
      200,
      first.text,
      first.headers["content-type"],
    ]);
    expect((await api.call("GET", "/api/v1/contacts?externalCustomerId=once")).json()).toMatchObject([
      { firstName: "Grace" },
    ]);

    now += 2 * 3_600_000;
    expect((await add(person, "k-1")).json()).toMatchObject({ matchedBy: "externalCustomerId" });
  });

  test("with another request is a 422", async () => {
    await add({ externalCustomerId: "a" }, "k-2");
    expect((await add({ externalCustomerId: "b" }, "k-2")).status).toBe(422);
    expect((await api.call("GET", "/api/v1/contacts?externalCustomerId=b")).json()).toEqual([]);
  });

  test("of another secret key is another key", async () => {
    await add({ externalCustomerId: "a" }, "k-3");
    const authorization = `Bearer ${await api.key("contacts:write")}`;
    const headers = { "idempotency-key": "k-3", authorization };
    const answer = await api.call("POST", "/api/v1/contact", { body: { externalCustomerId: "b" }, headers });
    expect(answer.status).toBe(200);
  });

  test("in flight is a 409, and one effect comes of many at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => add({ channels: [{ type: "email", value: "many@shop.example" }] }, "k-4")),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 200 || status === 409)).toBe(true);
    expect(statuses.has(200)).toBe(true);
    const bodies = new Set(answers.filter(({ status }) => status === 200).map(({ text }) => text));
    expect(bodies.size).toBe(1);
  });

  test("of a try that died is free again after a minute", async () => {
    await add({ externalCustomerId: "dead" }, "k-5");
    await api.db.query("UPDATE idempotency_key SET status = NULL, body = NULL");
    expect((await add({ externalCustomerId: "dead" }, "k-5")).status).toBe(409);
    now += 61_000;
    expect((await add({ externalCustomerId: "dead" }, "k-5")).status).toBe(200);
  });

  test("remembers no refusal, for nothing was done", async () => {
    expect((await add({ firstName: "Nobody" }, "k-6")).status).toBe(400);
    expect((await add({ externalCustomerId: "somebody" }, "k-6")).status).toBe(200);
  });

  test("repeats that somebody was erased without keeping who it was", async () => {
    await add({ externalCustomerId: "erased" }, "k-7");
    const erase = () =>
      api.call("DELETE", "/api/v1/contact?externalCustomerId=erased&erase=true", {
        headers: { "idempotency-key": "k-8" },
      });
    expect((await erase()).text).toBe("Contact with externalCustomerId='erased' has been erased");
    const repeated = await erase();
    expect([repeated.status, repeated.text]).toEqual([200, "The contact has been erased"]);
  });

  test("longer than 255 characters is refused", async () => {
    expect((await add({ externalCustomerId: "long" }, "k".repeat(256))).status).toBe(400);
  });
});
