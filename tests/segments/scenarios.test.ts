import { beforeAll, describe, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import type { Condition, ConditionGroup } from "../../src/contract/segments.ts";
import { deleteContact, mergeContacts, undoMerge, type IdentityDeps } from "../../src/server/identity/index.ts";
import {
  createSegment,
  explainMember,
  listSegmentMembers,
  listSegmentsOf,
  type SegmentDeps,
} from "../../src/server/segments/index.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";
import { appendEvents, bareContact } from "../support/history.ts";

// The scenarios of segments, by their numbers, on the whole server.

let api: ContactApi;
let deps: SegmentDeps;
let identity: IdentityDeps;
beforeAll(async () => {
  api = await contactApi();
  deps = { db: api.db, clock: Date.now };
  identity = { db: api.db, secretKey: "a secret that only the tests know, 32+ bytes" };
});

const all = (...of: Condition[]): ConditionGroup => ({ kind: "all", of });
const noExternalId = all({ kind: "field", field: "externalCustomerId", operator: "empty" });
const visitedPricing = all({
  kind: "event",
  event: "page",
  address: "/pricing",
  operator: "atLeast",
  times: 1,
  days: 7,
});
const cause = { actor: "test", requestId: "test" };

async function segmentOf(condition: ConditionGroup): Promise<number> {
  const outcome = await createSegment(deps, { condition });
  if (outcome.kind !== "saved") throw new Error(JSON.stringify(outcome));
  return outcome.id;
}

async function membersOf(segment: number): Promise<number[]> {
  const found = await listSegmentMembers(deps, segment, { order: "oldest", skip: 0, limit: 10_000 });
  expect(found?.ids.length).toBe(found?.total);
  return [...(found?.ids ?? [])];
}

/** What a back end sees of it. */
async function groupContacts(segment: number): Promise<number[]> {
  const answer = await api.call("GET", `/api/v1/group/${segment}/contacts`);
  return (answer.json() as { id: number }[]).map(({ id }) => id);
}

async function add(body: unknown): Promise<ContactId> {
  return ((await api.call("POST", "/api/v1/contact", { body })).json() as { id: ContactId }).id;
}

async function withExternalId(externalId: string | null): Promise<ContactId> {
  const id = await bareContact(api.db);
  await api.db.query("UPDATE contact SET external_customer_id = $2 WHERE contact_id = $1", [id, externalId]);
  return id;
}

describe("the segment “External ID is empty”", () => {
  test("116: holds contacts with nothing, an empty text or blanks there, and none with a value", async () => {
    const segment = await segmentOf(noExternalId);
    const without: number[] = [];
    for (const value of [null, "", "  ", "\t\n", "\u00a0", "\u2003\ufeff"]) without.push(await withExternalId(value));
    const having: number[] = [];
    for (const value of ["0", "007", ".", "null", "\u200b", "x y"]) having.push(await withExternalId(value));
    const members = await membersOf(segment);
    expect(members).toEqual(expect.arrayContaining(without));
    expect(members.filter((id) => having.includes(id))).toEqual([]);
  });

  test("117: has a new contact without external id at once, by itself", async () => {
    const segment = await segmentOf(noExternalId);
    const id = await add({ channels: [{ type: "email", value: "new@shop.example" }] });
    expect(await membersOf(segment)).toContain(id);
    expect(await groupContacts(segment)).toContain(id);
  });

  test("118: is left by a contact that gets an external id", async () => {
    const segment = await segmentOf(noExternalId);
    const id = await add({ channels: [{ type: "email", value: "later@shop.example" }] });
    expect(await membersOf(segment)).toContain(id);
    await add({ externalCustomerId: "later-1", channels: [{ type: "email", value: "later@shop.example" }] });
    expect(await membersOf(segment)).not.toContain(id);
    expect(await listSegmentsOf(deps, id)).not.toContainEqual(expect.objectContaining({ id: segment }));
  });

  test("119: has contacts of devices; visitors, deleted, merged and erased contacts are not in it", async () => {
    const segment = await segmentOf(noExternalId);
    const before = await membersOf(segment);
    await appendEvents(api.db, [{ sourceId: "a-visitor-without-a-name", at: Date.now() }]);
    expect(await membersOf(segment)).toEqual(before);
    await api.call("POST", "/api/v1/device", { body: { deviceId: "phone-1" } });
    const added = (await membersOf(segment)).filter((id) => !before.includes(id));
    expect(added).toHaveLength(1);

    const survivor = await bareContact(api.db);
    const gone = [
      await bareContact(api.db, { status: "deleted" }),
      await bareContact(api.db, { status: "erased" }),
      await bareContact(api.db, { status: "merged", mergedInto: survivor }),
    ];
    const members = await membersOf(segment);
    expect(members.filter((id) => (gone as number[]).includes(id))).toEqual([]);
    expect(members).toContain(survivor);
  });
});

test("120: “visited /pricing in the last 7 days” is true right after such history was attached", async () => {
  const segment = await segmentOf(visitedPricing);
  const visitorId = "visitor-of-pricing-01";
  await appendEvents(api.db, [
    { sourceId: visitorId, at: Date.now() - 60_000, url: "https://shop.example/pricing?plan=2" },
  ]);
  const stranger = await add({ externalCustomerId: "pricing-0" });
  const id = await add({ externalCustomerId: "pricing-1", visitorId });
  expect(await membersOf(segment)).toEqual([id]);
  expect(await explainMember(deps, { id: segment, contactId: stranger })).toMatchObject({
    isMember: false,
    isLive: true,
    lines: [
      { depth: 0, group: "all", holds: false },
      { depth: 1, group: null, holds: false },
    ],
  });
});

test("121: after a merge was undone both contacts are evaluated again", async () => {
  const withId = await segmentOf(
    all(
      { kind: "field", field: "email", operator: "is", values: ["two@shop.example"] },
      { kind: "field", field: "externalCustomerId", operator: "notEmpty" },
    ),
  );
  const without = await segmentOf(noExternalId);
  const [known, mail] = [
    await add({ externalCustomerId: "two-1" }),
    await add({ channels: [{ type: "email", value: "two@shop.example" }] }),
  ];
  expect([await membersOf(withId), (await membersOf(without)).includes(mail)]).toEqual([[], true]);

  const merged = await mergeContacts(identity, { contactIds: [known, mail], at: Date.now(), cause });
  expect(merged).toMatchObject({ kind: "merged", winner: known });
  expect([await membersOf(withId), (await membersOf(without)).includes(mail)]).toEqual([[known], false]);

  const [merge] = await api.db.query<{ mergeId: number }>("SELECT merge_id FROM merge_log WHERE loser_id = $1", [mail]);
  await undoMerge(identity, { mergeId: merge?.mergeId ?? 0, at: Date.now(), cause });
  expect([await membersOf(withId), (await membersOf(without)).includes(mail)]).toEqual([[], true]);
});

// MERGES=2000 for longer.
test("112: evaluating a segment while contacts merge finds no merged contact and stops nobody", async () => {
  const segment = await segmentOf({
    kind: "any",
    of: [...noExternalId.of, ...visitedPricing.of, { kind: "field", field: "list", operator: "notEmpty" }],
  });
  const merges = Number(process.env["MERGES"] ?? 60);
  const ids: ContactId[] = [];
  for (let index = 0; index < merges + 1; index += 1) ids.push(await bareContact(api.db));
  let merging = true;
  const evaluate = async () => {
    let rounds = 0;
    for (; merging || rounds < 3; rounds += 1) {
      const gone = await api.db.query<{ contactId: ContactId }>(
        "SELECT contact_id FROM contact WHERE status = 'merged'",
      );
      const found = await listSegmentMembers(deps, segment, { order: "oldest", skip: 0, limit: 10_000 });
      const members = new Set(found?.ids);
      expect(members.size).toBe(found?.total);
      expect(gone.filter(({ contactId }) => members.has(contactId))).toEqual([]);
      // Whoever is left of them is always in it.
      expect(ids.some((id) => members.has(id))).toBe(true);
    }
    return rounds;
  };
  const evaluating = Promise.all([evaluate(), evaluate()]);
  const pairs = ids.slice(1).map((id, index) => [ids[index] ?? id, id] as const);
  await Promise.all(pairs.map((contactIds) => mergeContacts(identity, { contactIds, at: Date.now(), cause })));
  merging = false;
  for (const rounds of await evaluating) expect(rounds).toBeGreaterThan(0);

  const live = await api.db.query<{ contactId: ContactId }>(
    "SELECT contact_id FROM contact WHERE contact_id = ANY($1) AND status = 'live'",
    [ids],
  );
  const members = new Set(await membersOf(segment));
  expect(ids.filter((id) => members.has(id))).toEqual(live.map(({ contactId }) => contactId));
  expect(live).toHaveLength(1);
});

describe("a deleted contact", () => {
  const inList = (id: number) => all({ kind: "field", field: "list", operator: "is", values: [id] });

  async function everywhere(id: ContactId, segments: readonly number[]): Promise<boolean[]> {
    return Promise.all(segments.map(async (segment) => (await membersOf(segment)).includes(id)));
  }

  test("54–57: is in no segment, stays so whatever its cookie does, and is in all of them again when restored", async () => {
    const list = await createSegment(deps, { name: "Regulars" });
    if (list.kind !== "saved") throw new Error("The list was not made.");
    const visitorId = "visitor-who-returns-1";
    await appendEvents(api.db, [{ sourceId: visitorId, at: Date.now() - 60_000, url: "https://shop.example/pricing" }]);
    await api.call("POST", "/api/v1/device", { body: { deviceId: "phone-57", externalUserId: "back-57" } });
    const id = await add({ externalCustomerId: "back-57", visitorId, groups: [{ id: list.id }] });
    const segments = [
      list.id,
      await segmentOf(inList(list.id)),
      await segmentOf(visitedPricing),
      await segmentOf(all({ kind: "field", field: "device", operator: "notEmpty" }, ...inList(list.id).of)),
    ];
    expect(await everywhere(id, segments)).toEqual([true, true, true, true]);

    await deleteContact(identity, { contactId: id, at: Date.now(), cause });
    await appendEvents(api.db, [{ sourceId: visitorId, at: Date.now() + 1_000 }]);
    expect(await everywhere(id, segments)).toEqual([false, false, false, false]);
    expect(await explainMember(deps, { id: segments[2] ?? 0, contactId: id })).toMatchObject({
      isLive: false,
      isMember: false,
    });

    await add({ externalCustomerId: "back-57" });
    expect(await everywhere(id, segments)).toEqual([true, true, true, true]);
  });
});
