import { expect, test } from "vitest";
import { groupByDay } from "../../src/admin/pages/contact/sessions.ts";
import { pathOf, webAddress } from "../../src/admin/ui/web-address.ts";
import type { TimelineEvent, TimelineLandmark } from "../../src/contract/admin/timeline.ts";
import type { MessageId, SiteId } from "../../src/contract/identifiers.ts";
import { AttemptCounter } from "../../src/server/admins/attempts.ts";
import { hashPassword, newOneTimePassword, passwordMatches } from "../../src/server/admins/password.ts";
import { judge, rightsOf } from "../../src/server/admins/rules.ts";
import { readCursor, writeCursor } from "../../src/server/admins/tell-contact.ts";
import { tellTimeline } from "../../src/server/admins/tell-timeline.ts";

const MINUTE = 60_000;
const source = (id: string) => ({ kind: "visitor" as const, id });
const eventAt = (at: number, from = "browser-1", before = false): TimelineEvent => ({
  kind: "event",
  id: `event ${from} ${at}`,
  at,
  receivedAt: at,
  name: "page",
  siteId: 1,
  siteName: null,
  source: source(from),
  url: null,
  title: null,
  referrer: null,
  properties: null,
  trust: "browser",
  before,
});

test("a pause of more than half an hour begins another visit", () => {
  const entries = [100, 70, 39].map((minute) => eventAt(minute * MINUTE));
  const [day] = groupByDay(entries, () => "today");
  expect(day?.visits.map((visit) => visit.entries.map(({ at }) => at / MINUTE))).toEqual([[100, 70], [39]]);
});

test("two browsers used side by side make two visits, not one of each click", () => {
  const entries = [5, 4, 3, 2].map((minute) => eventAt(minute * MINUTE, minute % 2 === 0 ? "phone" : "desk"));
  const [day] = groupByDay(entries, () => "today");
  expect(day?.visits.map((visit) => [visit.source.id, visit.entries.length])).toEqual([
    ["desk", 2],
    ["phone", 2],
  ]);
});

test("midnight parts a visit in two", () => {
  const entries = [eventAt(10 * MINUTE), eventAt(5 * MINUTE)];
  expect(groupByDay(entries, (at) => (at > 7 * MINUTE ? "new" : "old")).map(({ key }) => key)).toEqual(["new", "old"]);
});

const stored = (at: number, beforeIdentification: boolean, url: string | null = null) => ({
  eventId: `event-${at}` as MessageId,
  siteId: 1 as SiteId,
  source: source("browser-1"),
  name: "page",
  occurredAt: at,
  receivedAt: at,
  url,
  title: null,
  referrer: null,
  properties: null,
  trust: "browser" as const,
  beforeIdentification,
});
const landmark = (boundAt: number, more: { reason?: string; boundUrl?: string } = {}) => ({
  bindingId: boundAt,
  source: source("browser-1"),
  validFrom: -Infinity,
  validTo: Infinity,
  boundAt,
  boundUrl: more.boundUrl ?? null,
  reason: more.reason ?? "signup",
  earlierEvents: 2,
});
const told = (entries: ReturnType<typeof stored>[], landmarks: ReturnType<typeof landmark>[]) =>
  tellTimeline({ entries, landmarks }, new Map());

test("a landmark stands between what came before the naming and what came after, also at its very moment", () => {
  const line = told([stored(30, false), stored(20, false), stored(10, true)], [landmark(20)]);
  expect(line.map(({ kind, at }) => `${kind} ${at}`)).toEqual(["event 30", "event 20", "landmark 20", "event 10"]);
});

test("a landmark older than every event of the page comes last, and a page of landmarks alone is told", () => {
  expect(told([stored(30, false)], [landmark(5)]).map(({ kind }) => kind)).toEqual(["event", "landmark"]);
  expect(told([], [landmark(5)]).map(({ kind }) => kind)).toEqual(["landmark"]);
});

const firstLandmark = (line: readonly { kind: string }[]) =>
  line.find(({ kind }) => kind === "landmark") as TimelineLandmark;

test("a naming without an address is placed on the page that browser saw last, unless that was long before", () => {
  const near = told([stored(20, true, "https://shop.example/register")], [landmark(20 + MINUTE)]);
  expect(firstLandmark(near).url).toBe("https://shop.example/register");
  const far = told([stored(20, true, "https://shop.example/register")], [landmark(20 + 31 * MINUTE)]);
  expect(firstLandmark(far).url).toBeNull();
});

test("a reason that the screens do not know yet is told as another one", () => {
  expect(firstLandmark(told([], [landmark(1, { reason: "brand new rule" })])).reason).toBe("other");
  expect(firstLandmark(told([], [landmark(1, { reason: "subscribe" })])).reason).toBe("subscribe");
});

test("a place in the timeline survives the address bar, and nonsense is no place", () => {
  const place = {
    occurredAt: 1_795_472_330_783.5,
    siteId: 3 as SiteId,
    eventId: "01a20a7d-901f-7134-9655-c4b89985dcd4" as MessageId,
  };
  expect(readCursor(writeCursor(place))).toEqual(place);
  for (const text of [
    "",
    "x",
    "1_2_3",
    "NaN_1_01a20a7d-901f-7134-9655-c4b89985dcd4",
    "9e99_1_01a20a7d-901f-7134-9655-c4b89985dcd4",
    "1_-1_01a20a7d-901f-7134-9655-c4b89985dcd4",
    "' OR 1=1",
  ])
    expect(readCursor(text)).toBeUndefined();
});

test.each([
  "javascript:alert(1)",
  "JAVASCRIPT:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "blob:https://shop.example/1",
  "file:///etc/passwd",
  "//evil.example",
  "/register",
  "not an address",
])("%j is never a link", (text) => {
  expect(webAddress(text)).toBeUndefined();
  expect(pathOf(text)).toBe(text);
});

test("an address is called by its path", () => {
  expect(pathOf("https://shop.example/a/b?c=d#e")).toBe("/a/b?c=d#e");
});

test("only an owner may do everything, and a viewer changes nothing", () => {
  const all = rightsOf("owner");
  for (const role of ["marketer", "developer", "viewer"] as const) {
    expect(all).toEqual(expect.arrayContaining([...rightsOf(role)]));
    expect(rightsOf(role).length).toBeLessThan(all.length);
  }
  expect(rightsOf("viewer").filter((right) => right.endsWith(".write"))).toEqual([]);
  expect(rightsOf("marketer")).not.toContain("keys.read");
  expect(judge("contacts.read", undefined)).toBe("loginRequired");
  expect(judge("contacts.read", { role: "owner", mustChangePassword: true })).toBe("passwordChangeRequired");
});

test("a password is kept so that equal ones look different and only the right one opens", async () => {
  const [one, other] = await Promise.all([hashPassword("Ångström über alles"), hashPassword("Ångström über alles")]);
  expect(one).not.toBe(other);
  expect(one).toMatch(/^scrypt\$32768\$8\$3\$/);
  // The same letters, composed the other way.
  expect(await passwordMatches("Ångström über alles".normalize("NFD"), one)).toBe(true);
  expect(await passwordMatches("Angstrom uber alles", one)).toBe(false);
  expect(await passwordMatches("", undefined)).toBe(false);
});

test("one-time passwords do not repeat", () => {
  expect(new Set(Array.from({ length: 1_000 }, newOneTimePassword)).size).toBe(1_000);
});

test("attempts are counted for a while, and a flood of keys costs no memory", () => {
  const counter = new AttemptCounter(2);
  expect([counter.count("a", 0), counter.count("a", 1), counter.count("a", 2)]).toEqual([
    undefined,
    undefined,
    15 * MINUTE - 2,
  ]);
  expect(counter.count("a", 15 * MINUTE)).toBeUndefined();
  for (let key = 0; key < 20_000; key += 1) counter.count(String(key), 15 * MINUTE);
  expect(counter.size).toBeLessThanOrEqual(10_000);
});
