import { beforeAll, describe, expect, test } from "vitest";
import { createSegment } from "../../src/server/segments/index.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";

const NO_EXTERNAL_ID = {
  kind: "all",
  of: [{ kind: "field", field: "externalCustomerId", operator: "empty" }],
} as const;

let api: ContactApi;
let group: number;
let ids: number[];

async function add(body: unknown): Promise<number> {
  return ((await api.call("POST", "/api/v1/contact", { body })).json() as { id: number }).id;
}
async function members(query = ""): Promise<unknown> {
  const answer = await api.call("GET", `/api/v1/group/${group}/contacts${query}`);
  return [(answer.json() as { id: number }[]).map(({ id }) => id), answer.headers["totalcount"]];
}
const post = (verb: string, body?: unknown) => api.call("POST", `/api/v1/group/${group}/contacts/${verb}`, { body });

beforeAll(async () => {
  api = await contactApi();
  const rows = await api.db.query<{ segmentId: number }>(
    "INSERT INTO segment (name, created_at) VALUES ('VIP customers', now()), ('Others_1', now()) RETURNING segment_id",
  );
  await createSegment({ db: api.db, clock: Date.now }, { name: "No id", condition: NO_EXTERNAL_ID });
  group = rows[0]?.segmentId ?? 0;
  ids = [];
  for (const n of [1, 2, 3]) ids.push(await add({ externalCustomerId: `g-${n}` }));
});

describe("groups", () => {
  test("are listed, by a part of the name if wanted, with their total", async () => {
    const all = await api.call("GET", "/api/v1/groups");
    expect(all.json()).toEqual([
      { id: group, name: "VIP customers", type: "Static" },
      { id: group + 1, name: "Others_1", type: "Static" },
      { id: group + 2, name: "No id", type: "Dynamic" },
    ]);
    expect(all.headers["totalcount"]).toBe("3");
    const some = await api.call("GET", "/api/v1/groups?name=vip%20CUST&startindex=1&maxrows=5");
    expect(some.json()).toMatchObject([{ name: "VIP customers" }]);
    expect((await api.call("GET", "/api/v1/groups?name=_")).json()).toMatchObject([{ name: "Others_1" }]);
    const second = await api.call("GET", "/api/v1/groups?startindex=2&maxrows=1");
    expect([second.json(), second.headers["totalcount"]]).toMatchObject([[{ name: "Others_1" }], "3"]);
  });

  test("take and lose contacts by id or by external id, once each", async () => {
    const [first = 0, second = 0, third = 0] = ids;
    const attached = await post("attach", { contactIds: [first, String(second), 999_999] });
    expect([attached.status, attached.text, attached.headers["backstory-skipped"]]).toEqual([
      200,
      "Contacts were attached",
      "1",
    ]);
    await post("attach", { externalCustomerIds: ["g-2", "g-3", "unknown"] });
    expect(await members()).toEqual([[first, second, third], "3"]);
    expect(await members("?startindex=2&maxrows=1")).toEqual([[second], "3"]);

    expect((await post("detach", { contactIds: [] })).text).toBe("Contacts were detached");
    expect(await members()).toEqual([[first, second, third], "3"]);
    await post("detach", { externalCustomerIds: ["g-2"] });
    expect(await members()).toEqual([[first, third], "2"]);
    await post("detach");
    expect(await members()).toEqual([[], "0"]);
  });

  test("keep a member that is merged, forget one that is deleted until it is restored", async () => {
    const loser = await add({ channels: { type: "email", value: "g@shop.example" } });
    await post("attach", { contactIds: [loser, ids[0], ids[1]] });
    await add({ externalCustomerId: "g-1", channels: { type: "email", value: "g@shop.example" } });
    await api.call("DELETE", `/api/v1/contact/${ids[1] ?? 0}`);
    expect(await members()).toEqual([[ids[0]], "1"]);

    await add({ externalCustomerId: "g-2" });
    expect(await members()).toEqual([[ids[0], ids[1]], "2"]);
    await post("detach", { contactIds: [ids[0]] });
    expect(await members()).toEqual([[ids[1]], "1"]);
    await post("detach", {});
  });

  test("are joined by adding a contact with them, and never left", async () => {
    const id = await add({
      externalCustomerId: "joins",
      groups: [{ id: String(group) }, { name: "Others_1" }, { name: "nobody made this" }, { id: group + 2 }],
    });
    await add({ externalCustomerId: "joins", groups: [] });
    expect((await api.call("GET", `/api/v1/contact/${id}`)).json()).toMatchObject({
      groups: [
        { id: group, name: "VIP customers", type: "Static" },
        { id: group + 1, name: "Others_1", type: "Static" },
      ],
    });
  });

  test.each<[string, string, unknown, string]>([
    ["both kinds of ids", "attach", { contactIds: [1], externalCustomerIds: ["g-1"] }, "not by both"],
    ["no ids to attach", "attach", {}, "contactIds or externalCustomerIds"],
    ["501 ids", "attach", { contactIds: Array.from({ length: 501 }, (_, n) => n + 1) }, "at most 500"],
    ["ids that are none", "detach", { contactIds: ["x"] }, "lists of"],
  ])("refuse %s", async (_what, verb, body, words) => {
    const answer = await post(verb, body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(words)]);
  });

  test("that are dynamic have whoever meets their conditions, page by page", async () => {
    const anonymous: number[] = [];
    for (const n of [1, 2, 3])
      anonymous.push(await add({ channels: [{ type: "email", value: `dynamic-${n}@shop.example` }] }));
    const path = `/api/v1/group/${group + 2}/contacts`;
    const everybody = await api.call("GET", path);
    const found = (everybody.json() as { id: number }[]).map(({ id }) => id);
    expect(found).toEqual(expect.arrayContaining(anonymous));
    expect(found).not.toContain(ids[0]);
    expect(everybody.headers["totalcount"]).toBe(String(found.length));
    const second = await api.call("GET", `${path}?startindex=2&maxrows=1`);
    expect((second.json() as { id: number }[]).map(({ id }) => id)).toEqual(found.slice(1, 2));
    expect(second.headers["totalcount"]).toBe(String(found.length));
  });

  test("that are dynamic take nobody, and an unknown one is not found", async () => {
    const dynamic = await api.call("POST", `/api/v1/group/${group + 2}/contacts/attach`, { body: { contactIds: ids } });
    expect(dynamic.status).toBe(400);
    for (const id of ["9999", "99999999999", "x"]) {
      const answer = await api.call("GET", `/api/v1/group/${id}/contacts`);
      expect([answer.status, answer.text]).toEqual([404, "Group not found"]);
    }
  });
});

describe("emails and categories of contacts", () => {
  test("emails are given for the ids that have one", async () => {
    const id = await add({ externalCustomerId: "mail", channels: { type: "email", value: "Mail@shop.example" } });
    const answer = await api.call("GET", `/api/v1/contacts/email?ids=${id},${ids[2] ?? 0},999999`);
    expect(answer.json()).toEqual({ results: [{ contactId: id, email: "Mail@shop.example" }] });
    expect((await api.call("GET", "/api/v1/contacts/email?ids=x")).status).toBe(400);
  });

  test("categories are replaced as a whole", async () => {
    const path = `/api/v1/contact/${ids[2] ?? 0}/subscriptions`;
    expect((await api.call("PUT", path, { body: ["weekly", " daily "] })).json()).toEqual(["daily", "weekly"]);
    expect((await api.call("PUT", path, { body: ["weekly", "yearly"] })).json()).toEqual(["weekly", "yearly"]);
    expect((await api.call("GET", path)).json()).toEqual(["weekly", "yearly"]);
    expect((await api.call("PUT", path, { body: { weekly: true } })).status).toBe(400);
    expect((await api.call("GET", "/api/v1/contact/999999/subscriptions")).status).toBe(404);
  });
});
