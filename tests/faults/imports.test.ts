import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import type { ImportDetails, ImportProblemList, ImportSettings } from "../../src/contract/imports.ts";
import { ADMIN_API_PATH } from "../../src/contract/wire.ts";
import { eventually } from "../support/eventually.ts";
import { stateOfPeople } from "../support/people-state.ts";
import { CREDENTIALS, freePort, startServer, type ServerProcess } from "../support/server-process.ts";

// A kill -9 in the middle of an import: the next start goes on. Two installations with the same past bring in the same
// file, one undisturbed; in the end they must not be told apart.

/** More of them: FAULT_KILLS=20 npx vitest run tests/faults/imports.test.ts */
const KILLS = Number(process.env["FAULT_KILLS"] ?? 3);
const ROWS = Math.max(6_000, 2_000 * KILLS);
const KNOWN = 600;

type Call = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>;

/** A server with its own database, and somebody who is logged in there. */
class Installation {
  server!: ServerProcess;
  call!: Call;
  private constructor(private readonly environment: Record<string, string>) {}

  static async make(): Promise<Installation> {
    const dataDir = await mkdtemp(join(tmpdir(), "backstory-import-"));
    const made = new Installation({
      DATA_DIR: dataDir,
      PORT: String(await freePort()),
      DEMO_PORT: "",
      // Hashes of addresses are made with it, and are compared.
      SECRET_KEY: "the same secret in both, of 32 characters or more",
    });
    onTestFinished(async () => {
      await made.server.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
    await made.start();
    return made;
  }

  async start(): Promise<void> {
    this.server = await startServer(this.environment);
    this.call = await logIn(this.server);
  }

  async kill(): Promise<void> {
    await this.server.signal("SIGKILL");
  }

  /** By the contact API, as a back end would. */
  async remove(externalId: string): Promise<void> {
    const answer = await fetch(`${this.server.url}/api/v1/contact?externalCustomerId=${externalId}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${CREDENTIALS.apiKey}` },
    });
    if (!answer.ok) throw new Error(`${externalId} was not deleted: ${answer.status} ${await answer.text()}`);
  }

  async state(): Promise<Record<string, string[]>> {
    const pid = await readFile(join(this.environment["DATA_DIR"] ?? "", "postgres/postmaster.pid"), "utf8");
    const client = new pg.Client({ host: pid.split("\n")[4]?.trim() ?? "", user: "backstory", database: "backstory" });
    await client.connect();
    try {
      return await stateOfPeople(client);
    } finally {
      await client.end();
    }
  }
}

async function logIn({ url }: ServerProcess): Promise<Call> {
  let cookie = "";
  const send = async (method: string, path: string, body?: unknown) => {
    const isBytes = Buffer.isBuffer(body);
    const answer = await fetch(url + ADMIN_API_PATH + path, {
      method,
      headers: {
        origin: url,
        "sec-fetch-site": "same-origin",
        cookie,
        ...(body !== undefined && { "content-type": isBytes ? "application/octet-stream" : "application/json" }),
      },
      ...(body !== undefined && { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const session = await send("POST", "/session", { login: "admin", password: CREDENTIALS.adminPassword });
  cookie = session.headers.get("set-cookie")?.split(";")[0] ?? "";
  return async <Answer>(method: string, path: string, body?: unknown) => {
    const answer = await send(method, path, body);
    return (answer.status === 204 ? undefined : await answer.json()) as Answer;
  };
}

/** A file of so many rows, with what is found in the columns. */
const fileOf = (count: number, row: (n: number) => string) =>
  Buffer.from(
    `customer id,email,first name,town,shoe size\n${Array.from({ length: count }, (_, n) => row(n)).join("\n")}\n`,
  );

/** People who are there before; some of them are deleted. */
const before = fileOf(KNOWN, (n) => `P${n},p${n}@mail.example,Name ${n},,${n % 40}`);
const DELETED = [10, 20, 40, 50, 70].map((n) => `P${n * 2}`);

/**
 * Rows of every kind, from the first batch to the last: new people and known ones, some as they are; addresses of
 * others; people who were deleted; broken rows; and in the end people of the beginning once more.
 */
const file = fileOf(ROWS, (n) => {
  const who = n < ROWS - 200 ? n : n - (ROWS - 200);
  if (n % 100 === 50) return `P${n},broken,Nobody,,`;
  if (n % 100 === 51) return `P${n},p${n}@mail.example,Name ${n},,large`;
  if (n % 100 === 52) return `P${n},p${n - 40}@mail.example,Name ${n},Lviv,38`;
  if (n % 100 === 53) return `,p${n}@mail.example,Name ${n},Odesa,39`;
  return n % 5 === 0
    ? `P${who},p${who}@mail.example,Name ${who},,${who % 40}`
    : `P${who},p${who}@mail.example,Name ${n},Kyiv,${n % 40}`;
});

async function upload({ call }: Installation, name: string, bytes: Buffer): Promise<ImportDetails> {
  const { id } = await call<{ id: number }>("POST", "/imports", { fileName: name, fileSize: bytes.length });
  await call("POST", `/imports/${id}/parts/0`, bytes);
  return call<ImportDetails>("POST", `/imports/${id}/complete`);
}

const look = ({ call }: Installation, id: number) => call<ImportDetails>("GET", `/imports/${id}`);

async function finish(at: Installation, id: number): Promise<ImportDetails> {
  await eventually(async () => expect((await look(at, id)).state).toBe("finished"));
  return look(at, id);
}

/** The past that both installations have, and the import that is about to run. */
async function prepare(): Promise<{ readonly at: Installation; readonly id: number }> {
  const at = await Installation.make();
  await at.call("POST", "/fields", { key: "shoe-size", name: "Shoe size", type: "number" });
  const known = await upload(at, "known.csv", before);
  await at.call("POST", `/imports/${known.id}/run`);
  expect((await finish(at, known.id)).counts.created).toBe(KNOWN);
  for (const one of DELETED) await at.remove(one);
  const { id, settings } = await upload(at, "people.csv", file);
  const chosen = { ...settings, segment: "From the file", emptyCells: "clear" } as ImportSettings;
  await at.call("PATCH", `/imports/${id}`, { settings: chosen });
  return { at, id };
}

/** What its page and its list of problems say. */
async function told(at: Installation, id: number) {
  const { counts, rowsTotal, rowsDone, failures, notes, error } = await look(at, id);
  const problems: unknown[] = [];
  for (const kind of ["failure", "note"]) {
    let after = 0;
    for (;;) {
      const page = await at.call<ImportProblemList>("GET", `/imports/${id}/problems?kind=${kind}&after=${after}`);
      problems.push(...page.problems);
      if (page.next === null) break;
      after = page.next;
    }
  }
  return { counts, rowsTotal, rowsDone, failures, notes, error, problems };
}

/** A few are enough to see what is wrong. */
function onlyIn(some: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return some.filter((row) => !known.has(row)).slice(0, 3);
}

test("89. an import whose server is killed goes on at the next start, and ends as if nothing had happened", async () => {
  const undisturbed = await prepare();
  await undisturbed.at.call("POST", `/imports/${undisturbed.id}/run`);
  await finish(undisturbed.at, undisturbed.id);
  const expected = { told: await told(undisturbed.at, undisturbed.id), state: await undisturbed.at.state() };
  await undisturbed.at.server.stop();
  for (const [result, count] of Object.entries(expected.told.counts))
    if (result !== "skipped") expect([result, count > 0]).toEqual([result, true]);
  for (const table of ["contact", "identifier", "channel", "segment_member", "identity_audit", "import_problem"])
    expect([table, (expected.state[table]?.length ?? 0) > 0]).toEqual([table, true]);

  const { at, id } = await prepare();
  await at.call("POST", `/imports/${id}/run`);
  let inTheMiddle = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const share = (kill + 0.5) / (KILLS + 1);
    await eventually(async () => expect((await look(at, id)).rowsDone).toBeGreaterThan(ROWS * share));
    const { state } = await look(at, id);
    await at.kill();
    if (state === "running") inTheMiddle += 1;
    await at.start();
  }
  await finish(at, id);
  expect(inTheMiddle).toBeGreaterThan(0);
  expect(await told(at, id)).toEqual(expected.told);
  const state = await at.state();
  expect(Object.keys(state)).toEqual(Object.keys(expected.state));
  for (const [table, rows] of Object.entries(expected.state)) {
    const found = state[table] ?? [];
    expect([table, found.length, onlyIn(found, rows), onlyIn(rows, found)]).toEqual([table, rows.length, [], []]);
  }
});
