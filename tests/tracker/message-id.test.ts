import { Compile } from "typebox/compile";
import { describe, expect, it } from "vitest";
import { MessageId } from "../../src/contract/identifiers.ts";
import { messageIds } from "../../src/tracker/message-id.ts";

const valid = Compile(MessageId);

describe("a message id", () => {
  it("is a UUID of version 7 that carries the time of minting", () => {
    const next = messageIds(() => Date.UTC(2026, 10, 23, 12));
    const id = next();
    expect(valid.Check(id)).toBe(true);
    expect(Number.parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(Date.UTC(2026, 10, 23, 12));
  });

  it("sorts after the one before it, also within a millisecond and with a clock that goes back", () => {
    let now = 1_790_000_000_000;
    const next = messageIds(() => (now += Math.random() < 0.9 ? 0 : -5000 + Math.floor(Math.random() * 6000)));
    const ids = Array.from({ length: 20_000 }, () => next());
    expect(ids.toSorted()).toEqual(ids);
    expect(ids.every((id) => valid.Check(id))).toBe(true);
  });

  it("differs between two browsers at the same moment", () => {
    const ids = Array.from({ length: 5000 }, () => messageIds(() => 1_790_000_000_000)());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([0, Date.UTC(1970, 0, 2), Date.UTC(2039, 11, 1), Date.UTC(2099, 0, 1)])("is valid at %d", (now) => {
    const next = messageIds(() => now);
    const ids = Array.from({ length: 3000 }, () => next());
    expect(ids.every((id) => valid.Check(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
