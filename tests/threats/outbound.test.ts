import type * as Dns from "node:dns/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PostgresPlace } from "../../src/contract/exports.ts";
import { ExportRefused } from "../../src/server/exports/fault.ts";
import { connectToPostgres } from "../../src/server/exports/targets/postgres/connect.ts";
import { findAddress } from "../../src/server/lib/outside-address.ts";
import { LINK_RULES, openLink, LinkRefused } from "../../src/server/lib/linked-file.ts";
import { fileHost } from "../support/file-host.ts";
import { INSIDE_ADDRESSES } from "../support/inside-addresses.ts";

// Addresses that somebody types must not make the server call its own machine or network for them.

const names = vi.hoisted(() => ({ answers: [] as string[], asked: 0 }));
vi.mock("node:dns/promises", async (original) => {
  const real = await original<typeof Dns>();
  const lookup = async (host: string, options: object) => {
    if (!host.endsWith(".flips.example")) return real.lookup(host, options);
    names.asked += 1;
    return [{ address: names.answers.shift() ?? "127.0.0.1", family: 4 }];
  };
  return { ...real, lookup };
});

/** Counts who knocks at one address of this machine. */
interface Canary {
  readonly port: number;
  readonly hits: () => number;
  close(): Promise<unknown>;
}
const canaries: Server[] = [];
async function canary(host: string, port = 0): Promise<Canary> {
  let hits = 0;
  const server = createServer((socket) => {
    hits += 1;
    socket.destroy();
  });
  canaries.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hits: () => hits,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
beforeEach(() => Object.assign(names, { answers: [], asked: 0 }));
afterEach(async () => {
  await Promise.all(canaries.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

const place = (host: string, port: number): PostgresPlace => ({
  kind: "postgresql",
  host,
  port,
  database: "x",
  user: "x",
  schema: "public",
  tls: "off",
  authority: null,
});

test("T9: an export to this machine or its network is refused however the host is written, and nobody is called", async () => {
  expect(INSIDE_ADDRESSES.length).toBeGreaterThanOrEqual(60);
  const here = await canary("0.0.0.0");
  for (const host of [...INSIDE_ADDRESSES, "/var/run/postgresql", "/tmp", "::1", "::ffff:127.0.0.1", "fe80::1%lo"]) {
    const refusal: unknown = await connectToPostgres({
      place: place(host, here.port),
      password: "x",
      reach: "public",
    }).catch((error: unknown) => error);
    expect([host, refusal instanceof ExportRefused && refusal.fault.code]).toEqual([
      host,
      expect.stringMatching(/^host\.(private|forbidden|unknown)$/),
    ]);
  }
  expect(here.hits()).toBe(0);
});

test("T9: metadata services and the like stay out of reach of exports that may go to the own network", async () => {
  for (const host of [
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "0xa9fea9fe",
    "168.63.129.16",
    "[fd00:ec2::254]",
    "0",
  ])
    expect([host, await findAddress(host, "private-too")]).toEqual([host, { kind: "forbidden", always: true }]);
});

test("T9: an export connects to where its name led when it was judged, whatever the name says afterwards", async () => {
  const judged = await canary("127.0.0.2");
  const flipped = await canary("127.0.0.3", judged.port);
  names.answers = ["127.0.0.2", "127.0.0.3", "127.0.0.3"];
  const access = { place: place("db.flips.example", judged.port), password: "x", reach: "private-too" } as const;
  await expect(connectToPostgres(access)).rejects.toThrow();
  expect({ judged: judged.hits(), flipped: flipped.hits(), asked: names.asked }).toEqual({
    judged: 1,
    flipped: 0,
    asked: 1,
  });
});

test("T9: a name with one address outside and one inside is refused", async () => {
  const look = () => Promise.resolve([{ address: "8.8.8.8" }, { address: "10.0.0.7" }]);
  expect(await findAddress("db.example", "public", look)).toEqual({ kind: "forbidden", always: false });
});

test("T9: a file's link that redirects inside is not followed", async () => {
  const inside = await fileHost();
  const outside = await fileHost();
  const target = inside.offer("email\nsecret@shop.example\n");
  const look = () => Promise.resolve([{ address: "127.0.0.1" }]);
  for (const status of [301, 302, 303, 307, 308]) {
    const link = outside.offer((response) => void response.writeHead(status, { location: target }).end());
    const rules = { ...LINK_RULES, ports: "any", reach: "private-too", look } as const;
    const parts = openLink(link.replace("127.0.0.1", "files.example"), rules, new AbortController().signal);
    await expect(parts.next()).rejects.toThrow(LinkRefused);
  }
  expect(outside.hits).toHaveLength(5);
  expect(inside.hits).toEqual([]);
});
