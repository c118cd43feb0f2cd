// @vitest-environment happy-dom
import { afterAll, beforeAll, expect, test, vi } from "vitest";

// How the admin writes moments, on a clock that stands still.

const NOW = Date.parse("2026-11-12T12:00:00Z");
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

beforeAll(() => void vi.useFakeTimers({ now: NOW }));
afterAll(() => void vi.useRealTimers());

test("what is to come is told as it was promised, what has been by what is over", async () => {
  const { relativeTime } = await import("../../src/admin/text/time.ts");
  const told = (distance: number) => relativeTime(NOW + distance);
  expect(told(7 * DAY - SECOND)).toBe("in 7 days");
  expect(told(HOUR - 5 * SECOND)).toBe("in 1 hour");
  expect(told(40 * SECOND)).toBe("in 1 minute");
  expect(told(20 * SECOND)).toBe("now");
  expect(told(23 * HOUR)).toBe("in 23 hours");
  expect(told(-59 * SECOND)).toBe("now");
  expect(told(-HOUR + SECOND)).toBe("59 minutes ago");
  expect(told(-2 * DAY + SECOND)).toBe("yesterday");
});
