import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { peerFinder } from "../../src/server/http/peer.ts";

// P27: who sent a batch. The tracker's address is served before the framework, so this is not the framework's answer.

const FORGED = {
  "x-forwarded-for": "203.0.113.9",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "evil.example",
  "x-real-ip": "203.0.113.9",
  "cf-connecting-ip": "203.0.113.9",
  "true-client-ip": "203.0.113.9",
  "x-client-ip": "203.0.113.9",
  forwarded: "for=203.0.113.9;proto=https;host=evil.example",
};

const peerOf = (trustProxy: readonly string[], headers: Record<string, string>, remoteAddress = "10.0.0.7") =>
  peerFinder(trustProxy)({
    socket: { remoteAddress },
    headers: { host: "shop.example", ...headers },
  } as unknown as IncomingMessage);

const NEAREST = { ip: "10.0.0.7", protocol: "http", host: "shop.example" };

test("P27: nothing that a stranger says about who it is is believed", () => {
  expect(peerOf([], FORGED)).toEqual(NEAREST);
  expect(peerOf(["192.0.2.0/24"], FORGED)).toEqual(NEAREST);
});

test("P27: of what a configured proxy passes on only what it wrote itself is believed", () => {
  const chain = { "x-forwarded-for": "1.2.3.4, 203.0.113.9, 10.0.0.8" };
  expect(peerOf(["10.0.0.0/8"], chain).ip).toBe("203.0.113.9");
  const named = { "x-forwarded-proto": "http, https", "x-forwarded-host": "evil.example, shop.example:8443" };
  expect(peerOf(["10.0.0.0/8"], { ...chain, ...named })).toEqual({
    ip: "203.0.113.9",
    protocol: "https",
    host: "shop.example:8443",
  });
});

test("P27: headers that no configured proxy is asked for are not believed of one either", () => {
  const others = Object.fromEntries(Object.entries(FORGED).filter(([name]) => !name.startsWith("x-forwarded-")));
  expect(peerOf(["10.0.0.0/8"], others)).toEqual(NEAREST);
});
