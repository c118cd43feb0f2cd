import { expect, test } from "vitest";
import { correctDeviceTime, correctEventTime } from "../../src/server/devices/rules.ts";

const receivedAt = Date.UTC(2026, 5, 16, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test("a phone whose clock agrees with ours is taken at its word, however long it was without a network", () => {
  for (const correct of [correctDeviceTime, correctEventTime])
    expect(correct({ at: receivedAt - 3 * DAY, sentAt: receivedAt - 2_000, receivedAt })).toBe(receivedAt - 3 * DAY);
});

test("a phone whose clock is wrong is corrected by when it says that it sent", () => {
  for (const off of [-3 * HOUR, 3 * HOUR])
    expect(correctDeviceTime({ at: receivedAt + off - HOUR, sentAt: receivedAt + off, receivedAt })).toBe(
      receivedAt - HOUR,
    );
});

test("nothing happens in the future, and a login not more than 30 days ago; events may be older", () => {
  const ahead = { at: receivedAt + HOUR, sentAt: undefined, receivedAt };
  expect([correctDeviceTime(ahead), correctEventTime(ahead)]).toEqual([receivedAt, receivedAt]);
  const old = { at: receivedAt - 90 * DAY, sentAt: undefined, receivedAt };
  expect(correctDeviceTime(old)).toBe(receivedAt - 30 * DAY);
  expect(correctEventTime(old)).toBe(receivedAt - 90 * DAY);
});
