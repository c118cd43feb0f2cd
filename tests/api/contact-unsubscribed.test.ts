import { beforeAll, describe, expect, test } from "vitest";
import { contactApi, type ContactApi } from "../support/contact-api.ts";

let api: ContactApi;
beforeAll(async () => {
  api = await contactApi();
});

const list = (verb: "add" | "delete", emails: unknown) =>
  api.call("POST", `/api/v1/emails/unsubscribed/${verb}`, { body: { emails } });
async function add(externalCustomerId: string, email: string): Promise<void> {
  const body = {
    externalCustomerId,
    channels: [
      { type: "email", value: email },
      { type: "sms", value: "380942583600" },
    ],
  };
  expect((await api.call("POST", "/api/v1/contact", { body })).status).toBe(200);
}
const statuses = (email: string) =>
  api.db.query("SELECT contact_id, status FROM channel WHERE type = 'email' AND value = $1 ORDER BY contact_id", [
    email,
  ]);

describe("the list of unsubscribed addresses", () => {
  test("ends mail to an address for everybody who has it, and only that channel", async () => {
    await add("u-1", "both@shop.example");
    await add("u-2", "both@shop.example");

    const answer = await list("add", [" BOTH@shop.example", "no address", null, "nobody-yet@shop.example"]);

    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect((await statuses("both@shop.example")).map((row) => row["status"])).toEqual(["unsubscribed", "unsubscribed"]);
    expect(await api.db.query("SELECT DISTINCT status FROM channel WHERE type = 'sms'")).toEqual([
      { status: "confirmed" },
    ]);
    expect(await api.db.query("SELECT reason FROM suppression")).toHaveLength(2);
  });

  test("is not left by uploading the contact again, but by taking the address off", async () => {
    await add("u-3", "back@shop.example");
    await list("add", ["back@shop.example"]);
    await add("u-3", "back@shop.example");
    expect((await statuses("back@shop.example")).map((row) => row["status"])).toEqual(["unsubscribed"]);

    expect((await list("delete", ["back@shop.example"])).status).toBe(200);
    expect((await statuses("back@shop.example")).map((row) => row["status"])).toEqual(["confirmed"]);
  });

  test("keeps an address that complained", async () => {
    await add("u-4", "angry@shop.example");
    await list("add", ["angry@shop.example"]);
    await api.db.query("UPDATE suppression SET reason = 'complained'");
    await list("delete", ["angry@shop.example"]);
    expect((await statuses("angry@shop.example")).map((row) => row["status"])).toEqual(["unsubscribed"]);
  });

  test.each([
    ["no list", "a@b.example"],
    ["too many", Array.from({ length: 3_001 }, (_, n) => `${n}@b.example`)],
  ])("refuses %s", async (_what, emails) => {
    expect((await list("add", emails)).status).toBe(400);
  });
});
