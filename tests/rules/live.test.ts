import { expect, test } from "vitest";
import { matching } from "../../src/admin/pages/live/matching.ts";
import { isFull, NOTHING, receive, reveal } from "../../src/admin/pages/live/stream.ts";
import type { LiveMessage, LiveVerdict } from "../../src/contract/admin/live.ts";
import { readLiveCursor, writeLiveCursor } from "../../src/server/visitors/index.ts";

const message = (key: string, verdict: LiveVerdict = { kind: "anonymous" }): LiveMessage => ({
  key,
  at: 0,
  siteId: 1,
  siteName: null,
  name: "page",
  source: null,
  url: null,
  title: null,
  verdict,
  body: null,
});
const many = (from: number, count: number) => Array.from({ length: count }, (_, n) => message(`m${from + n}`));
const keys = (messages: readonly LiveMessage[]) => messages.map(({ key }) => key);

test("a place in the stream survives the address, and nonsense is no place", () => {
  for (const cursor of [
    { seen: "700:700:" },
    { seen: "700:712:700,705" },
    { seen: "700:712:", within: { until: "710:715:712", writtenIn: 711, position: "e01/1" } },
  ])
    expect(readLiveCursor(writeLiveCursor(cursor))).toEqual(cursor);
  for (const text of [
    "",
    "x",
    "0:1:",
    "7:5:",
    "5:7:9",
    "5:9:7,6",
    "5:7:,",
    "5:7:~",
    "5:7:~5:7:~-1~e",
    "5:7:~5:7:~1.5~e",
    "5:7:~5:7:~1~e~f",
    `5:7:~5:7:~1~${"e".repeat(101)}`,
    "5:7:'; DROP TABLE event",
  ])
    expect(readLiveCursor(text)).toBeUndefined();
});

test("what comes waits above what is shown, and what is shown stays in its place", () => {
  const shown = reveal(receive(NOTHING, many(1, 2)));
  const received = receive(shown, many(3, 2));
  expect([keys(received.shown), keys(received.held)]).toEqual([
    ["m2", "m1"],
    ["m4", "m3"],
  ]);
  expect(keys(reveal(received).shown)).toEqual(["m4", "m3", "m2", "m1"]);
});

test("a newer verdict replaces the one that is shown or waits, and adds no row", () => {
  const before = receive(reveal(receive(NOTHING, many(1, 2))), many(3, 1));
  const after = receive(before, [message("m1", { kind: "claim" }), message("m3", { kind: "nobody" })]);
  expect(after.shown.map(({ verdict }) => verdict.kind)).toEqual(["anonymous", "claim"]);
  expect(after.held.map(({ verdict }) => verdict.kind)).toEqual(["nobody"]);
});

test("what waits has an end, and what is shown too", () => {
  const held = receive(NOTHING, many(1, 500));
  expect([isFull(NOTHING), isFull(held)]).toEqual([false, true]);
  let stream = reveal(held);
  for (let round = 1; round < 5; round += 1) stream = reveal(receive(stream, many(1 + round * 500, 500)));
  expect(stream.shown).toHaveLength(1_000);
  expect(stream.shown[0]?.key).toBe("m2500");
});

test("a filter looks at the verdict, the site and every text of a message", () => {
  const rejected = message("r", { kind: "rejected", code: "invalid_email", reason: "Not an address." });
  const anna = message("a", { kind: "contact", id: 7, firstName: "Anna", lastName: null });
  const found = (filter: { verdict?: string; site?: string; q?: string }) =>
    keys([message("m"), rejected, anna].filter(matching({ verdict: "", site: "", q: "", ...filter })));
  expect(found({})).toEqual(["m", "r", "a"]);
  expect(found({ verdict: "rejected" })).toEqual(["r"]);
  expect(found({ verdict: "contact" })).toEqual(["a"]);
  expect(found({ site: "2" })).toEqual([]);
  expect(found({ q: " not AN " })).toEqual(["r"]);
  expect(found({ q: "anna" })).toEqual(["a"]);
});
