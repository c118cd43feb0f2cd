import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLoop } from "../../src/server/jobs/loop.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const quiet = { log: { error: () => undefined }, failure: "a step failed" };

test("steps are taken until one says that nothing waits", async () => {
  const step = vi.fn().mockResolvedValueOnce(true).mockResolvedValueOnce(true).mockResolvedValue(false);
  const loop = createLoop(step, quiet);
  loop.kick();
  await loop.close();
  expect(step).toHaveBeenCalledTimes(1);
  const whole = createLoop(step, quiet);
  whole.kick();
  await vi.advanceTimersByTimeAsync(0);
  await whole.close();
  expect(step).toHaveBeenCalledTimes(3);
});

test("once started it looks again as often as it is told, and after it was closed no more", async () => {
  const step = vi.fn().mockResolvedValue(false);
  const loop = createLoop(step, { ...quiet, lookEvery: 5_000 });
  loop.start();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(step).toHaveBeenCalledTimes(4);
  await loop.close();
  await vi.advanceTimersByTimeAsync(60_000);
  loop.kick();
  expect(step).toHaveBeenCalledTimes(4);
});

test("a kick in the middle of a step is not lost, and kicks never run two steps at once", async () => {
  let running = 0;
  const seen: number[] = [];
  const loop = createLoop(async () => {
    seen.push((running += 1));
    await new Promise((done) => setTimeout(done, 100));
    running -= 1;
    return false;
  }, quiet);
  loop.kick();
  loop.kick();
  await vi.advanceTimersByTimeAsync(50);
  loop.kick();
  await vi.advanceTimersByTimeAsync(1_000);
  await loop.close();
  expect(seen).toEqual([1, 1]);
});

test("closing tells a long step to end early, and waits for it", async () => {
  let isOver = false;
  const loop = createLoop(async (isClosed) => {
    while (!isClosed()) await new Promise((done) => setTimeout(done, 100));
    isOver = true;
    return true;
  }, quiet);
  loop.kick();
  await vi.advanceTimersByTimeAsync(300);
  expect(isOver).toBe(false);
  const closing = loop.close();
  await vi.advanceTimersByTimeAsync(100);
  await closing;
  expect(isOver).toBe(true);
});

test("a step that fails is told to the log and tried again at the next look", async () => {
  const log = { error: vi.fn() };
  const step = vi.fn().mockRejectedValueOnce(new Error("no database")).mockResolvedValue(false);
  const loop = createLoop(step, { log, failure: "an import could not go on", lookEvery: 1_000 });
  loop.start();
  await vi.advanceTimersByTimeAsync(1_000);
  await loop.close();
  expect(step).toHaveBeenCalledTimes(2);
  expect(log.error).toHaveBeenCalledOnce();
  expect(log.error).toHaveBeenCalledWith(expect.objectContaining({}), "an import could not go on");
});
