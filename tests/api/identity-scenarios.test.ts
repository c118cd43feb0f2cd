import { beforeAll, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { listContacts } from "../../src/server/contacts/index.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { createSites } from "../../src/server/sites/index.ts";
import { checkInvariants } from "../identity/invariants.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";
import { eventually } from "../support/eventually.ts";

// Scenarios that show only in the whole server; the others are in tests/identity.

let api: ContactApi;
let siteKey: string;
beforeAll(async () => {
  api = await contactApi();
  const made = await createSites({ db: api.db }).createSite({ name: "Shop" });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  siteKey = made.site.siteKey;
});

const email = (value: string) => ({ type: "email", value });

async function upsert(body: object): Promise<ContactId> {
  const answer = await api.call("POST", "/api/v1/contact", { body });
  expect(answer.status, answer.text).toBe(200);
  return (answer.json() as { id: ContactId }).id;
}

async function uploaded(contacts: readonly object[]): Promise<{ failed: number; contacts: { id: ContactId }[] }> {
  const answer = await api.call("POST", "/api/v1/contacts", { body: { dedupeOn: "email", contacts } });
  expect(answer.status, answer.text).toBe(200);
  const { asyncSessionId } = answer.json() as { asyncSessionId: string };
  return eventually(async () => {
    const status = (await api.call("GET", `/api/v1/importstatus/${asyncSessionId}`)).json();
    expect(status).toMatchObject({ status: "FINISHED" });
    return status as { failed: number; contacts: { id: ContactId }[] };
  }, 120_000);
}

test("57. a contact deleted and restored is in list and search exactly as before", async () => {
  const body = { externalCustomerId: "S57", firstName: "Ann", channels: [email("s57@shop.example")] };
  const id = await upsert(body);
  const seen = async () => {
    const { contacts } = await listContacts(api.db, { search: "S57", limit: 10 });
    return JSON.stringify([
      contacts.map((contact) => ({ ...contact, updatedAt: 0 })),
      (await api.call("GET", "/api/v1/contacts?email=s57@shop.example")).json(),
      (await api.call("GET", `/api/v1/contact/${id}`)).json(),
    ]);
  };
  const before = await seen();
  await api.call("DELETE", `/api/v1/contact/${id}`);
  expect((await listContacts(api.db, { search: "S57", limit: 10 })).contacts).toEqual([]);
  expect(await upsert({ externalCustomerId: "S57" })).toBe(id);
  expect(await seen()).toBe(before);
});

test("63. the public key of a site opens nothing of the contact API, and changes nothing", async () => {
  const id = await upsert({ externalCustomerId: "S63", firstName: "Ann" });
  const before = await api.db.query("SELECT t::text AS row FROM contact t ORDER BY contact_id");
  const credentials = [`Bearer ${siteKey}`, `Basic ${Buffer.from(`x:${siteKey}`).toString("base64")}`];
  for (const authorization of credentials)
    for (const [method, path, body] of [
      ["POST", "/api/v1/contact", { externalCustomerId: "S63", firstName: "Eve" }],
      ["GET", `/api/v1/contact/${id}`, undefined],
      ["DELETE", `/api/v1/contact/${id}`, undefined],
      ["POST", "/api/v1/device", { deviceId: "device-63", externalUserId: "S63" }],
    ] as const)
      expect((await api.call(method, path, { body, headers: { authorization } })).status).toBe(401);
  expect(await api.db.query("SELECT t::text AS row FROM contact t ORDER BY contact_id")).toEqual(before);
});

test("68. a malformed visitor id is rejected with a reason; a well-formed one that nobody issued is an empty visitor", async () => {
  const at = Date.now();
  const visitors = ["short", "has blanks in it", "../../etc/passwd", "x".repeat(65), "visitor-nobody-issued"];
  const messages = visitors.map((visitorId) => ({
    type: "page",
    id: uuidv7(at),
    at,
    visitorId,
    url: "https://a.example",
  }));
  const body = JSON.stringify({ site: siteKey, sentAt: at, messages });
  const answer = await api.call("POST", "/v1/messages", { body, headers: { authorization: "" } });
  expect(answer.json()).toMatchObject({
    accepted: 1,
    rejected: [0, 1, 2, 3].map((index) => ({ index, code: "invalid_visitor_id" })),
  });
  expect(await api.db.query("SELECT 1 AS one FROM binding WHERE source_id = 'visitor-nobody-issued'")).toEqual([]);
});

test("110. an upload beside single upserts of the same contacts: each once, no column lost, no row failed", async () => {
  const people = Array.from({ length: 120 }, (_, n) => n);
  const address = (n: number) => email(`s110-${n}@shop.example`);
  const ids: ContactId[] = [];
  const waiting = people.values();
  const single = async () => {
    for (const n of waiting)
      ids[n] = await upsert({ externalCustomerId: `S110-${n}`, lastName: "Single", channels: [address(n)] });
  };
  const [report] = await Promise.all([
    uploaded(people.map((n) => ({ externalCustomerId: `S110-${n}`, firstName: "Bulk", channels: [address(n)] }))),
    ...Array.from({ length: 4 }, single),
  ]);
  expect(report.failed).toBe(0);
  expect(report.contacts.map(({ id }) => id)).toEqual(ids);
  const stored = await api.db.query(
    `SELECT first_name, last_name, count(*) AS n FROM contact WHERE external_customer_id LIKE 'S110-%' GROUP BY 1, 2`,
  );
  expect(stored).toEqual([{ firstName: "Bulk", lastName: "Single", n: people.length }]);
  expect(await checkInvariants(api.db)).toEqual([]);
});

test("111. two uploads that name the same people in opposite order end without a failed row", async () => {
  const people = Array.from({ length: 60 }, (_, n) => n);
  const rows = people.map((n) => ({ externalCustomerId: `S111-${n}`, channels: [email(`s111-${n}@shop.example`)] }));
  const reports = await Promise.all([uploaded(rows), uploaded([...rows].reverse())]);
  expect(reports.map(({ failed }) => failed)).toEqual([0, 0]);
  const [one, other] = reports.map(({ contacts }) => contacts.map(({ id }) => id));
  expect(one).toEqual([...(other ?? [])].reverse());
  expect(new Set(one).size).toBe(people.length);
});
