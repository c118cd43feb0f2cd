import { beforeAll, expect, test } from "vitest";
import type { ContactCard } from "../../src/contract/admin/contact-card.ts";
import type { ContactPage } from "../../src/contract/admin/contacts.ts";
import type { MailPage } from "../../src/contract/admin/mail.ts";
import type { TimelinePage } from "../../src/contract/admin/timeline.ts";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { deleteContact, resolveIdentity, type IdentityRequest } from "../../src/server/identity/index.ts";
import { adminWorld, SECRET_KEY, type AdminBrowser, type AdminWorld } from "../support/admin-world.ts";
import { appendEvents } from "../support/history.ts";

let world: AdminWorld;
let owner: AdminBrowser;
beforeAll(async () => {
  world = await adminWorld();
  owner = await world.as("owner");
});

async function person(said: Partial<IdentityRequest>): Promise<ContactId> {
  const now = Date.now();
  const outcome = await resolveIdentity(
    { db: world.db, secretKey: SECRET_KEY },
    {
      trust: "server",
      verb: "upsert",
      moment: now,
      receivedAt: now,
      contactSource: "TEST",
      cause: { actor: "key:none", requestId: "request-1" },
      ...said,
    },
  );
  if (outcome.kind !== "resolved") throw new Error(JSON.stringify(outcome));
  return outcome.contactId;
}

async function get<T>(path: string): Promise<T> {
  const answer = await owner.call("GET", path);
  expect(answer.status).toBe(200);
  return answer.json() as T;
}

test("contacts are paged without a gap, newest first, with the count of all", async () => {
  const made: number[] = [];
  for (let index = 0; index < 60; index += 1) made.push(await person({ externalCustomerId: `paged-${index}` }));
  const seen: number[] = [];
  let after: string | null = null;
  do {
    const page: ContactPage = await get(`/contacts${after === null ? "" : `?after=${after}`}`);
    seen.push(...page.contacts.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  expect(seen).toEqual(made.reverse());
  expect(await get("/contacts/count")).toEqual({ total: 60 });
});

test("a contact is found by each of its identifiers", async () => {
  const id = await person({
    externalCustomerId: "found-1",
    email: "Found@Example.com",
    phone: "+380501234567",
    visitorIds: ["visitor-found-000001"],
    fields: { firstName: "Zoriana", lastName: "Petrenko" },
  });
  for (const q of ["found-1", "found@example.com", "+380 50 123 45 67", "visitor-found-000001", "zoria", String(id)]) {
    const page = await get<ContactPage>(`/contacts?q=${encodeURIComponent(q)}`);
    expect([q, ...page.contacts.map((contact) => contact.id)]).toEqual([q, id]);
    expect([q, await get(`/contacts/count?q=${encodeURIComponent(q)}`)]).toEqual([q, { total: 1 }]);
  }
});

test("a timeline is read page by page without gap or double, its open ends told as null", async () => {
  const now = Date.now();
  const visitor = "visitor-timeline-001";
  const ids = await appendEvents(
    world.db,
    Array.from({ length: 130 }, (_, index) => ({ sourceId: visitor, at: now - 1_000_000 + index * 1_000 })),
  );
  const id = await person({ externalCustomerId: "timeline-1", visitorIds: [visitor] });
  const seen: string[] = [];
  let landmarks = 0;
  let before: string | null = null;
  do {
    const page: TimelinePage = await get(`/contacts/${id}/timeline${before === null ? "" : `?before=${before}`}`);
    for (const entry of page.entries) {
      if (entry.kind === "landmark") {
        landmarks += 1;
        expect(entry).toMatchObject({ reason: "signup", earlier: 130 });
      } else {
        expect(entry.before).toBe(true);
        seen.push(entry.id);
      }
    }
    before = page.next;
  } while (before !== null);
  expect(seen).toEqual([...ids].reverse());
  expect(landmarks).toBe(1);
  const card = await get<ContactCard>(`/contacts/${id}`);
  expect(card.sources).toMatchObject([{ kind: "visitor", id: visitor, from: null, to: null }]);
});

test("a deleted contact says so and comes back with its history", async () => {
  const id = await person({ externalCustomerId: "delete-1", visitorIds: ["visitor-delete-0001"] });
  expect((await owner.call("DELETE", `/contacts/${id}`)).status).toBe(204);
  expect((await get<ContactCard>(`/contacts/${id}`)).status).toBe("deleted");
  expect((await get<ContactPage>("/contacts?q=delete-1")).contacts).toEqual([]);
  expect((await owner.call("POST", `/contacts/${id}/restore`)).status).toBe(204);
  const card = await get<ContactCard>(`/contacts/${id}`);
  expect(card).toMatchObject({ status: "live", id });
  expect(card.sources).toHaveLength(1);
  const { steps } = await get<{ steps: { action: string; actor: unknown }[] }>(`/contacts/${id}/explanation`);
  expect(steps.filter(({ action }) => action === "delete" || action === "restore").map(({ actor }) => actor)).toEqual([
    { kind: "admin", name: "owner" },
    { kind: "admin", name: "owner" },
  ]);
});

test("a contact without an external id is not promised to come back", async () => {
  const id = await person({ email: "without-external@example.com" });
  await deleteContact(
    { db: world.db, secretKey: SECRET_KEY },
    { contactId: id, at: Date.now(), cause: { actor: "test", requestId: "1" } },
  );
  const answer = await owner.call("POST", `/contacts/${id}/restore`);
  expect(answer.status).toBe(409);
  expect(answer.json()).toMatchObject({ code: "no_external_id" });
});

test("addresses that name nothing are answered in words, never with an error of the server", async () => {
  const told = async (path: string) => {
    const answer = await owner.call("GET", path);
    return [answer.status, (answer.json() as { code: string }).code];
  };
  expect(await told("/contacts/999999")).toEqual([404, "unknown_contact"]);
  expect(await told("/contacts/0")).toEqual([400, "invalid"]);
  expect(await told("/contacts/abc")).toEqual([400, "invalid"]);
  expect(await told("/contacts/1e400")).toEqual([400, "invalid"]);
  expect(await told("/contacts/1/timeline?before=nonsense")).toEqual([400, "bad_cursor"]);
  expect(await told("/contacts?after=nonsense")).toEqual([400, "bad_cursor"]);
  expect(await told(`/contacts?q=${"x".repeat(300)}`)).toEqual([400, "invalid"]);
  expect(await told("/mail/not-a-letter")).toEqual([400, "invalid"]);
  expect(await told("/mail/01a20a7d-901f-7134-9655-c4b89985dcd4")).toEqual([404, "unknown_letter"]);
  expect(await get<MailPage>("/mail?before=nonsense")).toMatchObject({ next: null });
});

test("faults of a site are told for each field", async () => {
  const answer = await owner.call("POST", "/sites", {
    body: { name: "Shop", url: "javascript:alert(1)", allowedOrigins: ["nonsense"] },
  });
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({
    errors: [{ path: "body/url" }, { path: "body/allowedOrigins" }],
  });
  expect((await owner.call("PATCH", "/sites/999", { body: { name: "X" } })).status).toBe(404);
});

test("the overview counts who came with a backstory", async () => {
  const overview = await get<Record<string, number>>("/overview");
  expect(overview).toMatchObject({ newWithBackstory: 1, eventsToday: 130, pendingClaims: 0 });
  expect(overview["contacts"]).toBe(overview["newContacts"]);
});

test("a merge can be undone from the explanation of the contact, once", async () => {
  const ann = await person({ externalCustomerId: "undo-1" });
  const newsletter = await person({ email: "undo@shop.example" });
  await person({ externalCustomerId: "undo-1", email: "undo@shop.example" });
  const merges = async () => {
    const { steps } = await get<{ steps: { action: string; mergeId: number | null }[] }>(
      `/contacts/${ann}/explanation`,
    );
    return steps.filter(({ action }) => action === "merge").map(({ mergeId }) => mergeId);
  };
  const [mergeId] = await merges();
  const viewer = await world.as("viewer");
  expect((await viewer.call("POST", `/merges/${mergeId ?? 0}/undo`)).status).toBe(403);
  expect((await owner.call("POST", `/merges/${mergeId ?? 0}/undo`)).status).toBe(204);
  expect(await get<ContactCard>(`/contacts/${newsletter}`)).toMatchObject({ id: newsletter, status: "live" });
  expect(await merges()).toEqual([null]);
  expect((await owner.call("POST", "/merges/999999/undo")).json()).toMatchObject({ code: "unknown_merge" });
});

test("a contact is erased only when its own id was typed, also where the address names one that was merged into it", async () => {
  const kept = await person({ externalCustomerId: "erase-1" });
  const merged = await person({ email: "erase@shop.example" });
  await person({ externalCustomerId: "erase-1", email: "erase@shop.example" });
  const erase = (body: unknown) => owner.call("POST", `/contacts/${merged}/erase`, { body });
  for (const body of [undefined, {}, { confirmation: "" }, { confirmation: kept }])
    expect((await erase(body)).json()).toMatchObject({ status: 400, code: "invalid" });
  for (const confirmation of [String(merged), "yes", `${kept}0`, ` `]) {
    expect((await erase({ confirmation })).json()).toMatchObject({
      status: 400,
      code: "not_confirmed",
      detail: `Nothing was erased: what was typed is not the id of this contact. To erase it for good, type ${kept}.`,
    });
  }
  expect(await get<ContactCard>(`/contacts/${kept}`)).toMatchObject({ id: kept, status: "live" });
  // As a field lets one type it.
  expect((await erase({ confirmation: ` ${kept} ` })).status).toBe(204);
  expect((await owner.call("GET", `/contacts/${kept}`)).status).toBe(410);
});
