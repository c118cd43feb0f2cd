import { beforeEach, describe, expect, test } from "vitest";
import type { Act, ActForecast, ActList, ActResult } from "../../src/contract/acts.ts";
import type { ContactCount } from "../../src/contract/admin/contacts.ts";
import type { MemberPage } from "../../src/contract/segments.ts";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { createActWorker } from "../../src/server/acts/index.ts";
import { carryOutPart } from "../../src/server/acts/carry-out.ts";
import { deleteContact, mergeContacts, resolveIdentity } from "../../src/server/identity/index.ts";
import { erasePerson } from "../../src/server/privacy/index.ts";
import { adminWorld, SECRET_KEY, type AdminBrowser, type AdminWorld } from "../support/admin-world.ts";
import { eventually } from "../support/eventually.ts";
import { appendEvents, bind } from "../support/history.ts";

// What is done to many contacts at once, on the admin's API and a real database.

let world: AdminWorld;
let owner: AdminBrowser;
beforeEach(async () => {
  world = await adminWorld();
  owner = await world.as("owner");
});

const cause = { actor: "test", requestId: "r-1" };
const identity = () => ({ db: world.db, secretKey: SECRET_KEY });
const deps = () => ({ ...identity(), clock: world.now, log: { error: () => undefined } });

/** Contacts in the order of their ids; every third one has no external id. */
async function people(count: number): Promise<ContactId[]> {
  const rows = await world.db.query<{ contactId: ContactId }>(
    `INSERT INTO contact (external_customer_id, contact_source, created_at, updated_at)
     SELECT CASE WHEN n % 3 > 0 THEN 'C-' || (n + there) END, 'IMPORT', now(), now()
     FROM generate_series(1, $1::int) n, (SELECT count(*) AS there FROM contact) known
     RETURNING contact_id`,
    [count],
  );
  await world.db.query(
    `INSERT INTO identifier (kind, value, contact_id, proof, since)
     SELECT 'external', external_customer_id, contact_id, 'server', now() FROM contact
     WHERE external_customer_id IS NOT NULL ON CONFLICT DO NOTHING`,
  );
  return rows.map(({ contactId }) => contactId).sort((a, b) => a - b);
}

async function post<T>(path: string, body?: unknown, browser = owner): Promise<T> {
  const answer = await browser.call("POST", path, body === undefined ? {} : { body });
  expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
  return answer.json() as T;
}
const act = (body: unknown) => post<Act>("/acts", body);
const get = async <T>(path: string): Promise<T> => (await owner.call("GET", path)).json() as T;
const live = async (query = "") => (await get<ContactCount>(`/contacts/count${query}`)).total;
const members = async (id: number) => (await get<MemberPage>(`/segments/${id}/members`)).total;

/** Those results that somebody had. */
const told = ({ counts }: Act) =>
  Object.fromEntries((Object.entries(counts) as [ActResult, number][]).filter(([, count]) => count > 0));

test("the chosen ones join a new list; those who were in it already are told apart", async () => {
  const ids = await people(10);
  const first = await act({ kind: "join", list: { name: "Guests" }, chosen: { contactIds: ids.slice(0, 4) } });
  expect(first).toMatchObject({ state: "finished", contacts: 4, done: 4, list: { name: "Guests" }, scope: "named" });
  expect(told(first)).toEqual({ changed: 4 });
  const list = { id: first.list?.id ?? 0 };
  const second = await act({ kind: "join", list, chosen: { contactIds: ids.slice(2, 6) } });
  expect(told(second)).toEqual({ changed: 2, already: 2 });
  expect(await members(list.id)).toBe(6);

  const left = await act({ kind: "leave", list, chosen: { contactIds: ids } });
  expect(told(left)).toEqual({ changed: 6, already: 4 });
  expect(await members(list.id)).toBe(0);
});

test("taking it back touches only those whom it changed", async () => {
  const ids = await people(6);
  const first = await act({ kind: "join", list: { name: "Guests" }, chosen: { contactIds: ids.slice(0, 2) } });
  const list = { id: first.list?.id ?? 0 };
  const second = await act({ kind: "join", list, chosen: { matching: {} } });
  expect(told(second)).toEqual({ changed: 4, already: 2 });
  expect(second.canUndo).toBe(true);
  const undone = await post<Act>(`/acts/${second.id}/undo`);
  expect(undone).toMatchObject({ kind: "leave", undoes: second.id, state: "finished", canUndo: false });
  expect(told(undone)).toEqual({ changed: 4 });
  expect(await members(list.id)).toBe(2);
  expect((await owner.call("POST", `/acts/${second.id}/undo`)).json()).toMatchObject({ code: "act_undone" });
  expect((await get<Act>(`/acts/${second.id}`)).canUndo).toBe(false);
});

test("whoever was in a list by a contact that was merged into them stays in it when the act is taken back", async () => {
  const [kept, , gone] = (await people(3)) as [ContactId, ContactId, ContactId];
  const joined = await act({ kind: "join", list: { name: "Guests" }, chosen: { contactIds: [gone] } });
  const list = { id: joined.list?.id ?? 0 };
  await mergeContacts(identity(), { contactIds: [kept, gone], at: Date.now(), cause });
  const again = await act({ kind: "join", list, chosen: { contactIds: [kept] } });
  expect(told(again)).toEqual({ already: 1 });
  expect(again.canUndo).toBe(false);
  expect(await members(list.id)).toBe(1);
});

test("all matching are those whom the list shows when the act begins, and nobody who comes later", async () => {
  await people(30);
  const deleted = await act({ kind: "delete", chosen: { matching: { externalId: "empty" } } });
  expect(deleted).toMatchObject({ scope: "matching", state: "finished", contacts: 10 });
  expect(told(deleted)).toEqual({ changed: 10 });
  await people(3);
  expect(await live("?externalId=empty")).toBe(1);
  expect(await live()).toBe(23);
});

test("members of a segment are chosen by its conditions, all of them", async () => {
  await people(30);
  const field = { kind: "field", field: "externalCustomerId", operator: "empty" };
  const segment = await post<{ id: number }>("/segments", { condition: { kind: "all", of: [field] } });
  const joined = await act({
    kind: "join",
    list: { name: "Unknown to us" },
    chosen: { matching: { segment: segment.id } },
  });
  expect(told(joined)).toEqual({ changed: 10 });
  const wrong = { kind: "join", list: { id: segment.id }, chosen: { matching: {} } };
  expect((await owner.call("POST", "/acts", { body: wrong })).json()).toMatchObject({ code: "unknown_list" });
  const nowhere = { kind: "delete", chosen: { matching: { segment: 999 } } };
  expect((await owner.call("POST", "/acts", { body: nowhere })).json()).toMatchObject({ code: "unknown_segment" });
});

test("deleting many can be taken back for those with an external id; of the others it is said that they stay", async () => {
  const ids = await people(9);
  const deleted = await act({ kind: "delete", chosen: { contactIds: ids } });
  expect(told(deleted)).toEqual({ changed: 9 });
  const restored = await post<Act>(`/acts/${deleted.id}/undo`);
  expect(restored.kind).toBe("restore");
  expect(told(restored)).toEqual({ changed: 6, noExternalId: 3 });
  expect(await live()).toBe(6);
  const steps = await get<{ steps: { action: string; actor: unknown }[] }>(`/contacts/${ids[0] ?? 0}/explanation`);
  expect(steps.steps.filter(({ action }) => action === "delete" || action === "restore")).toMatchObject([
    { actor: { kind: "admin", name: "owner" } },
    { actor: { kind: "admin", name: "owner" } },
  ]);
});

test("for everybody to whom nothing could be done it is said why", async () => {
  type Five = [ContactId, ContactId, ContactId, ContactId, ContactId];
  const [alive, deleted, merged, erased, winner] = (await people(5)) as Five;
  await deleteContact(identity(), { contactId: deleted, at: Date.now(), cause });
  await erasePerson(identity())({ contactId: erased, at: Date.now(), cause });
  await mergeContacts(identity(), { contactIds: [winner, merged], at: Date.now(), cause });
  const contactIds = [alive, deleted, erased, merged, 999_999];
  const joined = await act({ kind: "join", list: { name: "Guests" }, chosen: { contactIds } });
  // Whoever was merged is there as the one that survived.
  expect(told(joined)).toEqual({ changed: 2, deleted: 1, erased: 1, unknown: 1 });
  const removed = await act({ kind: "delete", chosen: { contactIds } });
  // The survivor was not named, and is not deleted in their place.
  expect(told(removed)).toEqual({ changed: 1, already: 1, erased: 1, merged: 1, unknown: 1 });
  expect(await live()).toBe(1);
});

describe("an act on more contacts than one transaction takes", () => {
  test("goes on where it was after the process ended, and does nothing twice", async () => {
    await people(1_203);
    const begun = await act({ kind: "delete", chosen: { matching: {} } });
    expect(begun).toMatchObject({ state: "running", contacts: 1_203, done: 0, canUndo: false });
    await carryOutPart(deps());
    expect(await get<Act>(`/acts/${begun.id}`)).toMatchObject({ state: "running", done: 500 });
    expect(await live()).toBe(703);

    // Another process finds it when it starts.
    const worker = createActWorker(deps());
    worker.start();
    await eventually(async () => {
      expect(await get<Act>(`/acts/${begun.id}`)).toMatchObject({ state: "finished", done: 1_203 });
    });
    await worker.close();
    expect(told(await get<Act>(`/acts/${begun.id}`))).toEqual({ changed: 1_203 });
    const [said] = await world.db.query(
      "SELECT count(*) AS entries, count(DISTINCT contact_id) AS contacts FROM identity_audit WHERE action = 'delete'",
    );
    expect(said).toEqual({ entries: 1_203, contacts: 1_203 });
  });

  test("two processes at it share the work", async () => {
    await people(2_100);
    const begun = await act({ kind: "join", list: { name: "Everybody" }, chosen: { matching: {} } });
    const workers = [createActWorker(deps()), createActWorker(deps())];
    for (const worker of workers) worker.start();
    await eventually(async () => {
      for (const worker of workers) worker.kick();
      expect(await get<Act>(`/acts/${begun.id}`)).toMatchObject({ state: "finished" });
    });
    for (const worker of workers) await worker.close();
    expect(told(await get<Act>(`/acts/${begun.id}`))).toEqual({ changed: 2_100 });
    expect(await members(begun.list?.id ?? 0)).toBe(2_100);
  });

  test("is stopped between two parts: what was done stays, is counted, and can be taken back", async () => {
    await people(1_203);
    const begun = await act({ kind: "join", list: { name: "Guests" }, chosen: { matching: {} } });
    await carryOutPart(deps());
    expect((await owner.call("POST", `/acts/${begun.id}/undo`)).json()).toMatchObject({ code: "act_running" });
    const stopped = await post<Act>(`/acts/${begun.id}/cancel`);
    expect(stopped).toMatchObject({ state: "cancelled", done: 500, contacts: 1_203, canUndo: true });
    expect(await carryOutPart(deps())).toBe(false);
    expect(await members(begun.list?.id ?? 0)).toBe(500);
    expect(told(await post<Act>(`/acts/${begun.id}/undo`))).toEqual({ changed: 500 });
    expect(await members(begun.list?.id ?? 0)).toBe(0);
  });

  test("says how far it came when its list is deleted meanwhile", async () => {
    await people(1_203);
    const begun = await act({ kind: "join", list: { name: "Guests" }, chosen: { matching: {} } });
    await carryOutPart(deps());
    expect((await owner.call("DELETE", `/segments/${begun.list?.id ?? 0}`)).status).toBe(204);
    await carryOutPart(deps());
    const failed = await get<Act>(`/acts/${begun.id}`);
    expect(failed).toMatchObject({ state: "failed", error: "listGone", done: 500, list: { name: "Guests" } });
    expect(await carryOutPart(deps())).toBe(false);
  });

  test("lets a small one that comes later take its turn", async () => {
    const ids = await people(1_203);
    const large = await act({ kind: "delete", chosen: { matching: { externalId: "set" } } });
    const small = await act({ kind: "join", list: { name: "Few" }, chosen: { contactIds: ids.slice(0, 3) } });
    expect(small.state).toBe("finished");
    expect((await get<Act>(`/acts/${large.id}`)).done).toBe(0);
  });
});

test("a contact to whom it cannot be done holds up no others, and is counted", async () => {
  const ids = await people(9);
  await world.db.query(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF new.contact_id = ${ids[4] ?? 0} AND new.status = 'deleted' THEN RAISE EXCEPTION 'not this one'; END IF;
       RETURN new; END $$`,
  );
  await world.db.query("CREATE TRIGGER refuse BEFORE UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION refuse()");
  const deleted = await act({ kind: "delete", chosen: { contactIds: ids } });
  expect(deleted.state).toBe("finished");
  expect(told(deleted)).toEqual({ changed: 8, failed: 1 });
  expect(await live()).toBe(1);
});

test("what belongs to the chosen ones is told before anything happens to them", async () => {
  const [ann, bob] = (await people(3)) as [ContactId, ContactId];
  for (const [sourceId, contactId] of [
    ["visitor-of-ann-00001", ann],
    ["visitor-of-ann-00002", ann],
    ["visitor-of-bob-00001", bob],
  ] as const) {
    await bind(world.db, { sourceId, contactId, boundAt: Date.now() });
    await appendEvents(
      world.db,
      [1, 2, 3].map((hours) => ({ sourceId, at: Date.now() - hours * 3_600_000 })),
    );
  }
  const forecast = (chosen: unknown) => post<ActForecast>("/acts/forecast", { chosen });
  expect(await forecast({ contactIds: [ann] })).toMatchObject({
    contacts: 1,
    withoutExternalId: 0,
    browsers: 2,
    devices: 0,
    events: 6,
  });
  expect(await forecast({ matching: {} })).toMatchObject({
    contacts: 3,
    withoutExternalId: 1,
    browsers: 3,
    events: 9,
  });
  await deleteContact(identity(), { contactId: ann, at: Date.now(), cause });
  expect(await forecast({ matching: {} })).toMatchObject({ contacts: 2, events: 3 });
  expect(await forecast({ contactIds: [ann] })).toMatchObject({ contacts: 1, events: 6 });
});

test("the acts are listed, newest first, page by page", async () => {
  const ids = await people(3);
  for (let n = 0; n < 27; n += 1) await act({ kind: "join", list: { name: `List ${n}` }, chosen: { contactIds: ids } });
  const first = await get<ActList>("/acts");
  expect(first.acts).toHaveLength(25);
  expect(first.acts[0]?.list?.name).toBe("List 26");
  const second = await get<ActList>(`/acts?before=${first.next ?? 0}`);
  expect(second.acts.map(({ list }) => list?.name)).toEqual(["List 1", "List 0"]);
  expect(second.next).toBeNull();
});

test("a marketer acts on many, a viewer only looks, and only an owner erases", async () => {
  const ids = await people(3);
  const body = { kind: "delete", chosen: { contactIds: ids.slice(0, 1) } };
  expect((await (await world.as("viewer")).call("POST", "/acts", { body })).status).toBe(403);
  expect((await (await world.as("viewer")).call("GET", "/acts")).status).toBe(200);
  const marketer = await world.as("marketer");
  expect((await marketer.call("POST", "/acts", { body })).status).toBe(200);
  const confirmed = { body: { confirmation: String(ids[1]) } };
  expect((await marketer.call("POST", `/contacts/${ids[1] ?? 0}/erase`, confirmed)).status).toBe(403);
  expect((await owner.call("POST", `/contacts/${ids[1] ?? 0}/erase`, confirmed)).status).toBe(204);
  expect((await owner.call("GET", `/contacts/${ids[1] ?? 0}`)).status).toBe(410);
});

test.each([
  ["an act that there is not", { kind: "erase", chosen: { matching: {} } }],
  ["a restoring by itself", { kind: "restore", chosen: { matching: {} } }],
  ["an act about nobody", { kind: "delete" }],
  ["an act about no ids", { kind: "delete", chosen: { contactIds: [] } }],
  [
    "an act about more ids than can be named",
    { kind: "delete", chosen: { contactIds: Array.from({ length: 501 }, (_, n) => n + 1) } },
  ],
  ["an act that chooses nothing", { kind: "delete", chosen: {} }],
  ["an act that chooses twice", { kind: "delete", chosen: { matching: {}, contactIds: [1] } }],
  ["a list that is not named", { kind: "join", chosen: { matching: {} } }],
  ["a list without a name", { kind: "join", list: { name: "  " }, chosen: { matching: {} } }],
])("%s is refused before anything happens", async (_, body) => {
  await people(3);
  expect((await owner.call("POST", "/acts", { body })).status).toBe(400);
  expect(await live()).toBe(3);
  expect(await world.db.query("SELECT 1 FROM act")).toEqual([]);
});

test("a person who comes back by an import while the act runs is not deleted a second time", async () => {
  await people(700);
  const begun = await act({ kind: "delete", chosen: { matching: {} } });
  await carryOutPart(deps());
  const now = Date.now();
  const back = { externalCustomerId: "C-1", trust: "server", verb: "upsert", contactSource: "TEST" } as const;
  await resolveIdentity(identity(), { ...back, moment: now, receivedAt: now, cause });
  await carryOutPart(deps());
  expect(await get<Act>(`/acts/${begun.id}`)).toMatchObject({ state: "finished", done: 700 });
  expect(await live()).toBe(1);
});
