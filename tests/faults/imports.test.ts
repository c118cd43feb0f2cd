import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ImportDetails } from "../../src/contract/imports.ts";
import { ADMIN_API_PATH } from "../../src/contract/wire.ts";
import { eventually } from "../support/eventually.ts";
import { freePort, startServer, type ServerProcess } from "../support/server-process.ts";

// A kill -9 in the middle of an import: the next start goes on, and the end is that of an import nobody disturbed.

const ROWS = 6_000;
let environment: Record<string, string>;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "backstory-import-"));
  environment = {
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    DEMO_PORT: "",
    ADMIN_PASSWORD: "a long password of ours",
  };
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

type Call = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>;

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
  const session = await send("POST", "/session", { login: "admin", password: environment["ADMIN_PASSWORD"] });
  cookie = session.headers.get("set-cookie")?.split(";")[0] ?? "";
  return async <Answer>(method: string, path: string, body?: unknown) => {
    const answer = await send(method, path, body);
    return (answer.status === 204 ? undefined : await answer.json()) as Answer;
  };
}

/** Every hundredth row is broken, and the last ones are about people of the first. */
function file(): string {
  const rows = Array.from({ length: ROWS }, (_, n) => {
    const who = n < ROWS - 200 ? n : n - (ROWS - 200);
    return n % 100 === 50 ? `P${n},broken,Nobody` : `P${who},p${who}@mail.example,Name ${n}`;
  });
  return `customer id,email,first name\n${rows.join("\n")}\n`;
}

async function people(): Promise<{ contacts: number; versions: number; audit: number; renamed: number }> {
  const pid = await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8");
  const client = new pg.Client({ host: pid.split("\n")[4]?.trim() ?? "", user: "backstory", database: "backstory" });
  await client.connect();
  const { rows } = await client.query<{ contacts: number; versions: number; audit: number; renamed: number }>(
    `SELECT count(*)::int AS contacts, sum(version)::int AS versions,
       (SELECT count(*)::int FROM identity_audit) AS audit,
       (count(*) FILTER (WHERE first_name = 'Name ' || (substr(external_customer_id, 2)::int + ${ROWS - 200})))::int AS renamed
     FROM contact`,
  );
  await client.end();
  if (rows[0] === undefined) throw new Error("A count answers one row.");
  return rows[0];
}

test("89. an import whose server is killed goes on at the next start, and ends as if nothing had happened", async () => {
  let server = await startServer(environment);
  let call = await logIn(server);
  const bytes = Buffer.from(file());
  const { id } = await call<{ id: number }>("POST", "/imports", { fileName: "people.csv", fileSize: bytes.length });
  await call("POST", `/imports/${id}/parts/0`, bytes);
  await call("POST", `/imports/${id}/complete`);
  await call("POST", `/imports/${id}/run`);
  const look = () => call<ImportDetails>("GET", `/imports/${id}`);
  let killed = 0;
  for (const share of [0.1, 0.5]) {
    await eventually(async () => expect((await look()).rowsDone).toBeGreaterThan(ROWS * share));
    if ((await look()).state === "running") killed += 1;
    await server.signal("SIGKILL");
    server = await startServer(environment);
    call = await logIn(server);
  }
  await eventually(async () => expect((await look()).state).toBe("finished"));
  const seen = await look();
  expect(killed).toBeGreaterThan(0);
  const broken = ROWS / 100;
  const repeated = 200 - 2;
  expect(seen).toMatchObject({
    rowsTotal: ROWS,
    failures: broken,
    counts: { created: ROWS - broken - repeated, updated: repeated - 0, failed: broken },
  });
  expect(await people()).toEqual({
    contacts: ROWS - broken - repeated,
    versions: ROWS - broken,
    // One entry for each person, and one for each of the two keys.
    audit: 3 * (ROWS - broken - repeated),
    renamed: repeated,
  });
  await server.stop();
});
