import { execFileSync } from "node:child_process";
import { statfs, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test, type TestContext } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeDisk, whyNoDisk, type Disk, type FileSystem } from "../support/power.ts";
import { freePort, startServer, type ServerProcess } from "../support/server-process.ts";
import { compare, expectStored, postmasterPid, reachDatabase } from "../support/stored.ts";
import { acknowledged, sendTraffic, type Ledger } from "../support/traffic.ts";

// A killed process proves nothing about the disk, whose writes the kernel still holds. Here the file system itself is cut
// off in the middle of traffic, mended as after switching on again, and what clients wrote down is looked for in it.

const ROUNDS = Number(process.env["FAULT_ROUNDS"] ?? 1);
/** Bytes that the file system may want for itself. */
const MARGIN = 4 * 1024 * 1024;

interface Place {
  readonly disk: Disk;
  readonly dataDir: string;
  readonly environment: Record<string, string>;
}

const places = new Map<FileSystem, Place>();
afterAll(async () => {
  for (const { disk } of places.values()) await disk.remove();
});

/** One disk of each kind, with the data of the tests before on it. */
async function placeOn(fileSystem: FileSystem, { skip }: TestContext): Promise<Place> {
  const why = whyNoDisk(fileSystem);
  if (why !== undefined) {
    console.log(`skipped: ${why}`);
    return skip(why);
  }
  const known = places.get(fileSystem);
  if (known !== undefined) return known;
  const disk = await makeDisk(fileSystem, 700);
  const dataDir = join(disk.folder, "data");
  const environment = { DATA_DIR: dataDir, PORT: String(await freePort()), DEMO_PORT: "", RATE_LIMIT: "0" };
  const place = { disk, dataDir, environment };
  places.set(fileSystem, place);
  return place;
}

async function underTraffic({ environment }: Place): Promise<{ server: ServerProcess; ledger: Ledger }> {
  const server = await startServer(environment);
  const ledger = sendTraffic({ url: server.url, siteKey: server.siteKey, clients: 10 });
  await acknowledged(ledger, 100);
  return { server, ledger };
}

/** It may have noticed by itself that its disk is gone. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has.
  }
}

/** Traffic, then no power from one moment to the next, then everything as after switching on again. */
async function powerCut(place: Place): Promise<Ledger> {
  const { server, ledger } = await underTraffic(place);
  const database = await postmasterPid(place.dataDir);
  await place.disk.cutPower();
  killIfThere(database);
  await server.signal("SIGKILL");
  await ledger.stop();
  await place.disk.restore();
  return ledger;
}

test("a full disk is answered with 503, loses nothing, and service returns by itself when there is room", async (context) => {
  const place = await placeOn("ext4", context);
  const { folder } = place.disk;
  const { server, ledger } = await underTraffic(place);
  const filler = join(folder, "filler");
  const { bavail, bsize } = await statfs(folder);
  execFileSync("fallocate", ["-l", String(bavail * bsize - MARGIN), filler]);
  await writeFile(filler, Buffer.alloc(2 * MARGIN), { flag: "a" }).catch(() => undefined);
  await eventually(() => expect(ledger.statuses.get(503)).toBeGreaterThan(0), 120_000);
  await rm(filler);
  await acknowledged(ledger, ledger.batches.filter((batch) => batch.acknowledged).length + 100);
  await ledger.stop();
  await expectStored("disk full", place.dataDir, [ledger]);
  await server.stop();
});

describe.each(["ext4", "xfs"] as const)("on %s", (fileSystem) => {
  test("what was acknowledged is on the disk when the power goes", async (context) => {
    const place = await placeOn(fileSystem, context);
    const ledgers: Ledger[] = [];
    for (let round = 0; round < ROUNDS; round += 1) ledgers.push(await powerCut(place));
    const server = await startServer(place.environment);
    await expectStored(`power cut on ${fileSystem}, ${ROUNDS} rounds`, place.dataDir, ledgers);
    await server.stop();
  });

  test("the control: without waiting for the disk, a power cut does lose what was acknowledged", async (context) => {
    const place = await placeOn(fileSystem, context);
    const before = await startServer(place.environment);
    const client = await reachDatabase(place.dataDir, "postgres");
    await client.query("ALTER ROLE backstory SET synchronous_commit = off");
    await client.end();
    await before.stop();
    let lost = 0;
    // Were nothing ever lost here, the test above would prove nothing.
    for (let round = 0; round < 5 && lost === 0; round += 1) {
      const ledger = await powerCut(place);
      const server = await startServer(place.environment);
      const { acknowledged: all, missing } = await compare(place.dataDir, [ledger]);
      console.log(
        `control on ${fileSystem} with synchronous_commit=off: ${all} batches acknowledged, ${missing} missing`,
      );
      lost += missing;
      await server.stop();
    }
    expect(lost).toBeGreaterThan(0);
  });
});
