import { describe, expect, test } from "vitest";
import {
  nextRunAt,
  planExtents,
  planTable,
  type DestinationState,
  type PastRun,
  type Timetable,
} from "../../src/server/exports/rules.ts";
import { fieldColumnName, shapesOf } from "../../src/server/exports/tables.ts";
import { seal, unseal } from "../../src/server/lib/sealed.ts";
import { findAddress } from "../../src/server/lib/outside-address.ts";

const shapes = shapesOf({ tables: ["contacts", "events", "segments_members"], externalId: true, fields: [] });
const moment = { snapshot: "900:950:", cluster: "7", nextTransaction: 950n, now: 1_000_000 };
const known: DestinationState = {
  snapshot: "700:750:710",
  cluster: "7",
  tables: Object.fromEntries(shapes.map(({ name, columns }) => [name, columns.map((column) => column.name)])),
  comparedAt: 999_000,
};
const refill: ReadonlySet<string> = new Set();
const kinds = (state: DestinationState | undefined, allAgain = false, at = moment) =>
  [...planExtents(shapes, state, { moment: at, allAgain, refill }).values()].map(({ kind }) => kind);

describe("how much of a table is sent", () => {
  test("a destination that knows nothing gets everything", () => {
    expect(kinds(undefined)).toEqual(["whole", "whole", "whole"]);
  });

  test("after that, rows of the oldest transaction that was still open, and later", () => {
    expect(planExtents(shapes, known, { moment, allAgain: false, refill }).get("contacts")).toEqual({
      kind: "changed",
      since: 700n,
    });
    expect(kinds(known)).toEqual(["changed", "changed", "whole"]);
  });

  test("a column that the table was not filled with yet sends that table whole, and only that", () => {
    const { contacts = [] } = known.tables;
    const older = {
      ...known,
      tables: { ...known.tables, contacts: contacts.filter((name) => name !== "externalCustomerId") },
    };
    expect(kinds(older)).toEqual(["whole", "changed", "whole"]);
  });

  test.each([
    ["of another cluster", { ...known, cluster: "8" }],
    ["from the future of this one", { ...known, snapshot: "940:951:" }],
    ["that nobody can read", { ...known, snapshot: "'; DROP TABLE event" }],
  ])("a state %s counts for nothing", (_, state) => {
    expect(kinds(state)).toEqual(["whole", "whole", "whole"]);
  });

  test("a table that does not hold what was sent is sent whole, and only that", () => {
    const options = { moment, allAgain: false, refill: new Set(["events"]) };
    expect([...planExtents(shapes, known, options).values()].map(({ kind }) => kind)).toEqual([
      "changed",
      "whole",
      "whole",
    ]);
  });

  test("a state so old that numbers of transactions have come round counts for nothing", () => {
    expect(kinds(known, false, { ...moment, nextTransaction: 700n + 2n ** 31n })).toEqual(["whole", "whole", "whole"]);
  });

  test("once a week all is compared but events, which never change", () => {
    expect(kinds({ ...known, comparedAt: moment.now - 7 * 86_400_000 })).toEqual(["whole", "changed", "whole"]);
    // Or when the clock was that far ahead.
    expect(kinds({ ...known, comparedAt: moment.now + 7 * 86_400_000 })).toEqual(["whole", "changed", "whole"]);
  });
});

describe("what happens to a table of the destination", () => {
  const [contacts] = shapes;
  if (contacts === undefined) throw new Error("No shape.");
  const columns = new Map(contacts.columns.map(({ name, type }) => [name, type] as const));

  const NONE = { isOurs: false, filled: [] };
  const OURS = { isOurs: true, filled: [...columns.keys()] };

  test("a missing one is made", () => {
    expect(planTable(contacts, undefined, NONE)).toMatchObject({ kind: "ready", make: true });
  });
  test("one of ours gets the columns it lacks", () => {
    columns.delete("town");
    const plan = planTable(contacts, { columns, isEmpty: false }, OURS);
    expect(plan).toMatchObject({ kind: "ready", add: [{ name: "town" }], notes: [{ code: "column.added" }] });
    columns.set("town", "text");
  });
  test("a column whose field was deleted stays and is emptied, unless somebody dropped it", () => {
    const past = { isOurs: true, filled: [...columns.keys(), "field_size_1", "field_dropped_2"] };
    const there = new Map([...columns, ["field_size_1", "double"] as const, ["theirs", undefined] as const]);
    expect(planTable(contacts, { columns: there, isEmpty: false }, past)).toMatchObject({
      add: [],
      clear: ["field_size_1"],
      notes: [{ code: "column.cleared", column: "field_size_1" }],
    });
  });
  test("one with a column of another type is refused, even when it is ours", () => {
    const odd = new Map([...columns, ["town", undefined] as const]);
    expect(planTable(contacts, { columns: odd, isEmpty: true }, OURS)).toMatchObject({ kind: "refused" });
  });
  test("a foreign one is refused unless nothing is in it", () => {
    expect(planTable(contacts, { columns, isEmpty: false }, NONE)).toMatchObject({ kind: "refused" });
    expect(planTable(contacts, { columns, isEmpty: true }, NONE)).toMatchObject({ kind: "ready" });
  });
});

describe("when an export runs next", () => {
  const timetable = { createdAt: 1_000, intervalMinutes: 60, pausedAt: null, askedAt: null };
  const minute = 60_000;
  const past = (state: PastRun["state"], at = 0): PastRun => ({ state, startedAt: at, finishedAt: at });
  const next = (export_: Timetable, runs: readonly PastRun[], now = 0) => nextRunAt(export_, runs, now);

  test("a new one at once, then an interval after each begin", () => {
    expect(next(timetable, [])).toBe(1_000);
    expect(next(timetable, [past("finished", 5_000)])).toBe(5_000 + 60 * minute);
  });
  test("after a failure soon, then less and less often, never later than the timetable", () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 12].map((count) => next(timetable, Array(count).fill(past("failed"))));
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((minutes) => minutes * minute));
    expect(next({ ...timetable, intervalMinutes: 5 }, Array(6).fill(past("failed")))).toBe(5 * minute);
  });
  test("after an interruption at once", () => {
    expect(next(timetable, [past("interrupted", 7_000)])).toBe(7_000);
  });
  test("at once when what was written down is later than any timetable has it, for the clock was ahead then", () => {
    const ahead = 121 * minute;
    expect(next(timetable, [past("finished", ahead)], 7)).toBe(7);
    expect(next(timetable, [past("failed", ahead)], 7)).toBe(7);
    expect(next({ ...timetable, askedAt: ahead }, [], 7)).toBe(7);
    // Clocks of two processes are never quite the same.
    expect(next(timetable, [past("finished", 9)], 7)).toBe(9 + 60 * minute);
  });
  test("a paused one only when asked", () => {
    expect(next({ ...timetable, pausedAt: 2_000 }, [])).toBeNull();
    expect(next({ ...timetable, pausedAt: 2_000, askedAt: 3_000 }, [])).toBe(3_000);
  });
});

test("columns of additional fields are told apart by number, whatever their keys", () => {
  const names = [
    { id: 1, key: "shoe-size", type: "number" },
    { id: 2, key: "shoe_size", type: "text" },
  ] as const;
  expect(names.map(fieldColumnName)).toEqual(["field_shoe_size_1", "field_shoe_size_2"]);
  const long = [1_234, 1_235].map((id) => fieldColumnName({ id, key: "k".repeat(64) }));
  expect(long.map(({ length }) => length)).toEqual([63, 63]);
  expect(new Set(long).size).toBe(2);
});

describe("a sealed secret", () => {
  const key = "a secret of at least thirty-two characters";
  test("opens with the same key in the same place, and nowhere else", () => {
    const sealed = seal(key, "export 1", "pässword 😀");
    expect(unseal(key, "export 1", sealed)).toBe("pässword 😀");
    expect(unseal(key, "export 2", sealed)).toBeUndefined();
    expect(unseal(`${key}!`, "export 1", sealed)).toBeUndefined();
    expect(sealed.toString("latin1")).not.toContain("ssword");
    expect(seal(key, "export 1", "pässword 😀").equals(sealed)).toBe(false);
  });
  test("that was changed anywhere does not open", () => {
    const sealed = seal(key, "export 1", "password");
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(unseal(key, "export 1", changed)).toBeUndefined();
    }
    expect(unseal(key, "export 1", sealed.subarray(0, 20))).toBeUndefined();
  });
});

describe("an address that somebody typed", () => {
  const at =
    (...addresses: string[]) =>
    () =>
      Promise.resolve(addresses.map((address) => ({ address })));
  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fd12::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
  ])("%s is inside, and open only when the installation says so", async (address) => {
    expect(await findAddress("db.example", "public", at(address))).toEqual({ kind: "forbidden", always: false });
    expect(await findAddress("db.example", "private-too", at(address))).toEqual({ kind: "found", address });
  });
  test.each([
    "169.254.169.254",
    "0.0.0.0",
    "fe80::1%eth0",
    "::",
    "224.0.0.1",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
  ])("%s is never connected to", async (address) => {
    expect(await findAddress("db.example", "private-too", at(address))).toEqual({ kind: "forbidden", always: true });
  });
  test("one bad address among good ones is enough", async () => {
    expect(await findAddress("db.example", "public", at("93.184.215.14", "10.0.0.1"))).toMatchObject({
      kind: "forbidden",
    });
    expect(await findAddress("db.example", "public", at("93.184.215.14"))).toEqual({
      kind: "found",
      address: "93.184.215.14",
    });
  });
  test("a name that does not exist is unknown", async () => {
    expect(await findAddress("x", "public", () => Promise.reject(new Error("ENOTFOUND")))).toEqual({ kind: "unknown" });
  });
});
