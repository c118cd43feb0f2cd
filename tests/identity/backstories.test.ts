import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { ContactId, SiteId } from "../../src/contract/identifiers.ts";
import {
  countContacts,
  listContacts,
  settleBackstories,
  tellEveryBackstory,
  type BackstoryLength,
} from "../../src/server/contacts/index.ts";
import { timestamp, type Transaction } from "../../src/server/db/database.ts";
import { eraseContact, mergeContacts, removeErasedEvents, undoMerge } from "../../src/server/identity/index.ts";
import { silentLog } from "../../src/server/lib/log.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { removeEvents, removeOldAnonymous } from "../../src/server/visitors/index.ts";
import { backstoriesByHand, backstoriesKept } from "../support/backstories.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { seeded } from "./fuzz.ts";
import { People } from "./people.ts";

// How long each history was before its person was known, as lists find it, against what events and stretches say.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const OPERATIONS = Number(process.env["BACKSTORY_OPERATIONS"] ?? 400);

let db: TestDatabase;
let people: People;
beforeAll(async () => {
  db = await testDatabase();
  people = await People.in(db);
});

const cause = () => ({ actor: "test", requestId: randomUUID() });
const everybody = { siteId: 1 as SiteId, visitorId: undefined, name: undefined, network: undefined };

async function lengthOf(contactId: ContactId): Promise<BackstoryLength | undefined> {
  for (const backstory of ["none", "hour", "day", "week", "month", "longer"] as const) {
    const { contacts } = await listContacts(db, { backstory, limit: 200 });
    if (contacts.some(({ id }) => id === contactId)) return backstory;
  }
  return undefined;
}

const halfDone = new Set<() => Promise<void>>();
// Also after a failure: the database is not closed while one is open.
afterEach(async () => {
  await Promise.all([...halfDone].map((end) => end()));
  halfDone.clear();
});

async function insertEvent(tx: Transaction, visitorId: string, at: number): Promise<void> {
  await tx.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
     VALUES ($1, 1, 'visitor', $2, 'page', $3, $3, 'browser')`,
    [uuidv7(at), visitorId, timestamp(at)],
  );
}

/** An event in a transaction that stays open; answers what commits it. */
async function halfWay(visitorId: string, at: number): Promise<() => Promise<void>> {
  let commit = (): void => undefined;
  let isIn = (): void => undefined;
  const inserted = new Promise<void>((done) => (isIn = done));
  const transaction = db.transaction(async (tx: Transaction) => {
    await insertEvent(tx, visitorId, at);
    isIn();
    await new Promise<void>((done) => (commit = done));
  });
  await inserted;
  const end = async () => {
    commit();
    await transaction;
  };
  halfDone.add(end);
  return end;
}

test("an event that comes late, from before the person was known, makes the backstory longer", async () => {
  await people.hit("late-browser", { at: people.now - HOUR / 2 });
  const { contactId } = await people.upsert({ externalCustomerId: "late", visitorIds: ["late-browser"] });
  expect(await lengthOf(contactId)).toBe("hour");
  await people.hit("late-browser", { at: people.now - 3 * DAY });
  expect(await lengthOf(contactId)).toBe("week");
});

test("an event that is still being written while a list is read counts as soon as it is there, whatever came after", async () => {
  const { contactId } = await people.upsert({ externalCustomerId: "open", visitorIds: ["open-browser"] });
  const commit = await halfWay("open-browser", people.now - 2 * DAY);
  await people.hit("somebody-else");
  expect(await lengthOf(contactId)).toBe("none");
  await people.hit("somebody-else");
  expect(await lengthOf(contactId)).toBe("none");
  await commit();
  expect(await lengthOf(contactId)).toBe("week");
});

test("on another server, where transactions count from lower numbers, late events are taken in as well", async () => {
  const { contactId } = await people.upsert({ externalCustomerId: "moved", visitorIds: ["moved-browser"] });
  expect(await lengthOf(contactId)).toBe("none");
  await db.query("UPDATE backstory_seen SET seen = '4000000000:4000000000:'");
  await people.hit("moved-browser", { at: people.now - 2 * DAY });
  expect(await lengthOf(contactId)).toBe("week");
  await people.hit("moved-browser", { at: people.now - 20 * DAY });
  expect(await lengthOf(contactId)).toBe("month");
});

/** Takes away what was noted of somebody: whoever looks at this contact again notes it again. */
const unnote = (contactId: ContactId) => db.query("DELETE FROM backstory WHERE contact_id = $1", [contactId]);

test("events that were copied from another server, with the numbers of its transactions, are read once and not at every look", async () => {
  const { contactId } = await people.upsert({ externalCustomerId: "copied", visitorIds: ["copied-browser"] });
  await people.hit("copied-browser", { at: people.now - 2 * DAY });
  await db.query("UPDATE event SET written_in = 3999999999 WHERE source_id = 'copied-browser'");
  await db.query("UPDATE backstory_seen SET seen = '4000000000:4000000000:'");
  expect(await lengthOf(contactId)).toBe("week");
  await unnote(contactId);
  expect(await lengthOf(contactId)).toBe("none");
});

test("events that were restored in the transaction that tells all backstories are not read once more", async () => {
  const { contactId } = await people.upsert({ externalCustomerId: "restored", visitorIds: ["restored-browser"] });
  const restore = () =>
    db.transaction(async (tx) => {
      await insertEvent(tx, "restored-browser", people.now - HOUR / 2);
      await tellEveryBackstory(tx);
    });
  await restore();
  await unnote(contactId);
  expect(await lengthOf(contactId)).toBe("none");
  // While another one is under way that began before.
  const commit = await halfWay("restored-browser", people.now - 2 * DAY);
  await restore();
  await unnote(contactId);
  expect(await lengthOf(contactId)).toBe("none");
  await commit();
  expect(await lengthOf(contactId)).toBe("week");
});

test("whoever waited for others to settle settles what is new, and does not read every event for it", async () => {
  await settleBackstories(db);
  const nobody = Number.MAX_SAFE_INTEGER;
  await db.query("INSERT INTO backstory VALUES ($1, 'hour')", [nobody]);
  let waiting = Promise.resolve();
  await db.transaction(async (tx) => {
    await tx.query("SELECT FROM backstory_seen FOR UPDATE");
    waiting = settleBackstories(db);
    while (!(await someoneWaits())) await sleep(10);
    await people.hit("meanwhile");
    await tx.query("UPDATE backstory_seen SET seen = pg_current_snapshot()");
  });
  await waiting;
  // Reading everything would have found out that there is no such contact.
  expect(await db.query("DELETE FROM backstory WHERE contact_id = $1 RETURNING length", [nobody])).toHaveLength(1);
});

async function someoneWaits(): Promise<boolean> {
  const waits = await db.query(
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return waits.length > 0;
}

test("a history that is being removed while its browser is named and a list is read is forgotten with the removal", async () => {
  await people.hit("removed-browser", { at: people.now - 2 * DAY });
  let commit = (): void => undefined;
  let isGone = (): void => undefined;
  const gone = new Promise<void>((done) => (isGone = done));
  const removal = db.transaction(async (tx) => {
    await tx.query("DELETE FROM event WHERE source_id = 'removed-browser'");
    isGone();
    await new Promise<void>((done) => (commit = done));
  });
  await gone;
  // To everybody else the event is still there.
  const { contactId } = await people.upsert({ externalCustomerId: "removed", visitorIds: ["removed-browser"] });
  const settled = settleBackstories(db);
  // Long enough for whoever does not wait for the removal to be through with it.
  await Promise.race([settled, sleep(300)]);
  commit();
  await Promise.all([removal, settled]);
  expect(await lengthOf(contactId)).toBe("none");
});

test("whatever happens to histories and people, lists say of everybody what all events and stretches say", async () => {
  const random = seeded(20_261_126);
  const below = (count: number) => Math.floor(random() * count);
  let done = 1;
  // New ones all the time, for what is old enough has nothing but long histories.
  const visitor = () => `visitor-${Math.floor(done / 20) + below(8)}`;
  const customer = () => `E${Math.floor(done / 20) + below(8)}`;
  const device = () => `device-${below(4)}-abcdefgh`;
  const past = () => people.now - Math.floor(random() ** 8 * 60 * DAY);
  const known: ContactId[] = [];
  const somebody = () => known[known.length - 1 - below(Math.min(known.length, 12))];
  const open: (() => Promise<void>)[] = [];
  const seen = new Map<string, number>();

  const note = (outcome: { kind: string; contactId?: ContactId }) => {
    if (outcome.kind === "resolved" && outcome.contactId !== undefined) known.push(outcome.contactId);
  };
  const happenings: readonly (() => Promise<unknown>)[] = [
    () => people.hit(visitor(), { at: past() }),
    () => people.hit(visitor(), { at: past(), attachable: random() < 0.5 }),
    () => people.hit(device(), { at: past(), kind: "device" }),
    async () => note(await people.ask({ externalCustomerId: customer(), visitorIds: [visitor()] })),
    async () => note(await people.ask({ email: `p${below(8)}@mail.example`, visitorIds: [visitor()], moment: past() })),
    async () => note(await people.claim({ externalCustomerId: customer(), visitorIds: [visitor()] })),
    async () => note(await people.ident({ externalCustomerId: customer(), visitorIds: [visitor()] })),
    async () => note(await people.device({ deviceId: device(), externalCustomerId: customer() })),
    () => people.reset(visitor(), past()),
    async () => {
      const [one, other] = [somebody(), somebody()];
      if (one === undefined || other === undefined) return;
      await mergeContacts(people.deps, { contactIds: [one, other], at: people.tick(), cause: cause() });
    },
    async () => {
      const [last] = await db.query<{ mergeId: number | null }>("SELECT max(merge_id) AS merge_id FROM merge_log");
      if (last?.mergeId != null)
        await undoMerge(people.deps, { mergeId: last.mergeId - below(3), at: people.tick(), cause: cause() });
    },
    async () => {
      const contactId = somebody();
      if (contactId !== undefined && random() < 0.5) await people.delete(contactId);
    },
    async () => {
      const contactId = somebody();
      if (contactId === undefined || random() < 0.7) return;
      await eraseContact(people.deps, { contactId, at: people.tick(), cause: cause() });
      await removeErasedEvents(db, people.now);
    },
    async () => {
      const from = past();
      const filter = { ...everybody, visitorId: visitor(), from, until: from + 2 * DAY };
      await removeEvents(db, { filter, actor: "test", now: people.now });
    },
    async () => {
      const contactId = somebody();
      if (contactId === undefined) return;
      const moments = Array.from({ length: 3 }, past).sort((a, b) => a - b);
      for (let hits = 0; hits < 3; hits += 1) await people.hit(`stretch-of-${done}`, { at: past() });
      await db.query(
        `INSERT INTO binding (source_kind, source_id, contact_id, valid_from, valid_to, bound_at, reason)
         SELECT 'visitor', $1, coalesce(merged_into, contact_id), $2, $3, $4, 'test' FROM contact WHERE contact_id = $5`,
        [`stretch-of-${done}`, ...moments.map(timestamp), contactId],
      );
    },
    async () => void (open.length < 2 && open.push(await halfWay(visitor(), past()))),
    async () => open.shift()?.(),
    async () => {
      if (random() < 0.2) await removeOldAnonymous({ db, clock: () => people.now, log: silentLog, anonymousMonths: 1 });
    },
  ];

  for (; done <= OPERATIONS; done += 1) {
    people.tick(1_000 + Math.floor(random() ** 20 * DAY));
    await happenings[below(happenings.length)]?.();
    if (random() < 0.3) await settleBackstories(db);
    if (done % 10 !== 0) continue;
    await settleBackstories(db);
    const expected = await backstoriesByHand(db);
    expect(await backstoriesKept(db), `after ${done}`).toEqual(expected);
    for (const length of expected.values()) seen.set(length, (seen.get(length) ?? 0) + 1);
  }
  // All of them occurred: else the agreement would say little.
  expect([...seen.keys()].sort()).toEqual(["day", "hour", "longer", "month", "week"]);
});

test("every narrowing by length lists exactly those, in both orders and over all pages", async () => {
  await settleBackstories(db);
  const kept = await backstoriesByHand(db);
  const live = await people.liveContacts();
  for (const backstory of ["any", "none", "hour", "day", "week", "month", "longer"] as const) {
    const isMeant = (id: ContactId) => {
      const length = kept.get(id) ?? "none";
      return backstory === "any" ? length !== "none" : length === backstory;
    };
    for (const order of ["newest", "oldest"] as const) {
      const expected = live.filter(isMeant).sort((a, b) => (order === "newest" ? b - a : a - b));
      expect(await countContacts(db, { backstory })).toBe(expected.length);
      const listed: ContactId[] = [];
      for (let after: ContactId | undefined, pages = 0; pages < 100; pages += 1) {
        const page = await listContacts(db, { backstory, order, limit: 2, ...(after !== undefined && { after }) });
        listed.push(...page.contacts.map(({ id }) => id));
        if (page.next === undefined) break;
        after = page.next;
      }
      expect(listed).toEqual(expected);
    }
  }
});
