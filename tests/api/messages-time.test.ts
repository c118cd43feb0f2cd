import { expect, test } from "vitest";
import { batch, intake, page, send } from "./messages-intake.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.UTC(2026, 5, 15, 12);

/** Sends one page view with these stamps at noon and gives back how many milliseconds before noon it is stored. */
async function storedFor(stamps: readonly { readonly at: number; readonly sentAt: number }[]) {
  const { app, db, site } = await intake({ clock: () => now });
  for (const { at, sentAt } of stamps)
    expect((await send(app, batch(site, [page({ at })], { sentAt }))).status).toBe(200);
  const rows = await db.query<{ occurredAt: number; receivedAt: number; claimedAt: string | null }>(
    "SELECT occurred_at, received_at, context->>'claimedAt' AS claimed_at FROM event ORDER BY event_id",
  );
  expect(rows.map(({ receivedAt }) => receivedAt)).toEqual(stamps.map(() => now));
  return rows.map(({ occurredAt, claimedAt }) => ({ before: now - occurredAt, claimedAt }));
}

test("P17: a clock that is years off changes nothing: what counts is how long before sending it happened", async () => {
  const years = [1970, 1999, 2025, 2026, 2099].map((year) => Date.UTC(year, 0, 1));
  const stored = await storedFor(years.map((sentAt) => ({ at: sentAt - 3 * MINUTE, sentAt })));
  expect(stored).toEqual(years.map(() => ({ before: 3 * MINUTE, claimedAt: null })));
});

test("a queue that was offline for hours keeps its times, and beyond a day its own claim is kept beside the limit", async () => {
  expect(
    await storedFor([
      { at: now - 23 * HOUR, sentAt: now },
      { at: now - 50 * HOUR, sentAt: now },
    ]),
  ).toEqual([
    { before: 23 * HOUR, claimedAt: null },
    { before: 24 * HOUR, claimedAt: new Date(now - 50 * HOUR).toISOString() },
  ]);
});

test("P17: what claims to lie in the future happened when it was received", async () => {
  expect(
    await storedFor([
      // Stamped after it was sent: the clock jumped, so its stamp is all there is.
      { at: now + HOUR, sentAt: now },
      { at: now + 4 * MINUTE, sentAt: now },
      { at: 1e300, sentAt: 0 },
      { at: -1e300, sentAt: 1e300 },
    ]),
  ).toEqual([
    { before: 0, claimedAt: new Date(now + HOUR).toISOString() },
    { before: -4 * MINUTE, claimedAt: null },
    { before: 0, claimedAt: "1e+300" },
    { before: 24 * HOUR, claimedAt: "-1e+300" },
  ]);
});

test("messages stamped in strictly rising order stay in it, even past the moment of sending", async () => {
  expect(
    await storedFor([
      { at: 5_000, sentAt: 5_000 },
      { at: 5_001, sentAt: 5_000 },
      { at: 5_002, sentAt: 5_000 },
    ]),
  ).toEqual([0, -1, -2].map((before) => ({ before, claimedAt: null })));
});

test("batches that took longer or shorter on their way do not change places", async () => {
  // Three page views and a logout a millisecond apart, each in a batch of its own with another delay.
  const stored = await storedFor([900, 20, 400, 3].map((delay, i) => ({ at: now - 2_000 + i, sentAt: now - delay })));
  expect(stored.map(({ before }) => before)).toEqual([2_000, 1_999, 1_998, 1_997]);
});

test("P17: an id minted by a clock that is far off is stored all the same", async () => {
  const { app, db, site } = await intake();
  for (const id of ["00000000-0000-7000-8000-000000000001", "ffffffff-ffff-7fff-bfff-ffffffffffff"])
    expect((await send(app, batch(site, [page({ id })]))).body).toEqual({ accepted: 1, rejected: [] });
  expect(await db.query("SELECT count(*) AS rows FROM event_default")).toEqual([{ rows: 2 }]);
});
