import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { buildDevice } from "../../../scripts/build-device.mjs";
import { deviceWorld, temporaryFolder, type DeviceWorld } from "../../support/device-world.ts";
import { eventually } from "../../support/eventually.ts";
import { PASS, unavailable, type Fault } from "../../support/fault-proxy.ts";

/** More with `DEVICE_LIVES=100`. */
const LIVES = Number(process.env["DEVICE_LIVES"] ?? 8);

interface Line {
  readonly tried?: string;
  readonly kept?: string;
  readonly login?: string;
  readonly ended?: { readonly pending: number; readonly dropped: number; readonly deviceId: string };
}

let world: DeviceWorld;
let folder: string;
let module: string;
beforeAll(async () => {
  world = await deviceWorld();
  folder = await temporaryFolder();
  await buildDevice({ outDir: join(folder, "client") });
  module = pathToFileURL(join(folder, "client/index.js")).href;
  await build({
    entryPoints: [fileURLToPath(new URL("app.ts", import.meta.url))],
    outfile: join(folder, "app.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
  });
});

function ledger(): readonly Line[] {
  const file = join(folder, "ledger");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Line]));
}
const written = (kind: keyof Line): number => ledger().filter((line) => line[kind] !== undefined).length;

function start(life: number): ChildProcess {
  const storage = join(folder, "storage");
  mkdirSync(storage, { recursive: true });
  const args = [module, world.network.url, world.key, storage, join(folder, "ledger"), String(life), "anna-1,boris-1"];
  return fork(join(folder, "app.mjs"), args, { execArgv: [] });
}

const FAULTS: readonly (Fault | "down")[] = [
  { kind: "dropAnswer" },
  PASS,
  "down",
  { kind: "cut" },
  { kind: "dropAnswer" },
  unavailable(0),
  { kind: "reset" },
];

test("with the network cut, answers lost after the server stored, and the app killed again and again: 0 lost, 0 doubled", async () => {
  const { db, network } = world;
  for (let life = 0; life < LIVES; life += 1) {
    const app = start(life);
    const exit = once(app, "exit");
    for (const fault of [FAULTS[life % FAULTS.length], FAULTS[(life * 3 + 1) % FAULTS.length]]) {
      if (fault === "down" || fault === undefined) await network.down();
      else network.set(fault);
      const before = written("kept");
      await eventually(() => expect(written("kept")).toBeGreaterThan(before + 15), 60_000);
      if (fault === "down") await network.up();
    }
    app.kill("SIGKILL");
    await exit;
  }
  network.set(PASS);
  const last = start(LIVES);
  const exit = once(last, "exit");
  await eventually(() => expect(written("kept")).toBeGreaterThan(0), 60_000);
  last.send("stop");
  expect(await exit).toEqual([0, null]);

  const lines = ledger();
  const rows = await db.query<{ name: string; sourceId: string; contactId: number | null; owner: string | null }>(
    `SELECT properties->>'name' AS name, source_id, binding.contact_id, external_customer_id AS owner
     FROM event LEFT JOIN binding USING (source_kind, source_id) LEFT JOIN contact USING (contact_id)
     WHERE name = 'tap' AND (binding_id IS NULL OR (occurred_at >= valid_from AND (valid_to IS NULL OR occurred_at < valid_to)))`,
  );
  const stored = rows.map(({ name }) => name);
  const kept = lines.flatMap((line) => line.kept ?? []);
  const tried = new Set(lines.flatMap((line) => line.tried ?? []));
  const ended = lines.flatMap((line) => line.ended ?? [])[0];
  const resent = network.requests.filter(({ fault }) => fault === "dropAnswer").length;
  console.log(
    `  device client: ${LIVES} kills, ${network.requests.length} calls, ${resent} answers lost after storing;`,
    `${kept.length} events kept, ${stored.length} stored,`,
    `${kept.filter((name) => !stored.includes(name)).length} lost, ${stored.length - new Set(stored).size} doubled`,
  );
  expect(kept.filter((name) => !stored.includes(name))).toEqual([]);
  expect(stored.filter((name, position) => stored.indexOf(name) !== position)).toEqual([]);
  expect(stored.filter((name) => !tried.has(name))).toEqual([]);
  expect(resent).toBeGreaterThan(LIVES / 4);

  // One device all along, and nobody but its people.
  expect(ended).toMatchObject({ pending: 0, dropped: 0 });
  expect(new Set(rows.map(({ sourceId }) => sourceId))).toEqual(new Set([ended?.deviceId]));
  const people = await db.query<{ owner: string | null }>(
    "SELECT external_customer_id AS owner FROM contact WHERE status = 'live' ORDER BY 1",
  );
  expect(people).toEqual([{ owner: "anna-1" }, { owner: "boris-1" }]);

  // Whoever was logged in when it happened: of the events around which nobody was killed, the ledger knows it.
  expect(rows.map(({ name, owner }) => [name, owner])).toEqual(
    expect.arrayContaining(ownersIn(lines).filter(([name]) => stored.includes(name))),
  );
});

/** Who was logged in at each event, within one life and after its first login. */
function ownersIn(lines: readonly Line[]): [name: string, owner: string][] {
  const owners: [string, string][] = [];
  let owner: string | undefined;
  let life = "";
  for (const { login, tried } of lines) {
    if (login !== undefined) owner = login;
    const current = tried?.split(".")[0] ?? life;
    if (current !== life) owner = undefined;
    life = current;
    if (tried !== undefined && owner !== undefined) owners.push([tried, owner]);
  }
  return owners;
}
