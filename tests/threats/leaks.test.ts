import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { backstory } from "../support/cli.ts";
import { eventually } from "../support/eventually.ts";
import { findPlainText } from "../support/plain-text.ts";
import { mailTrap, type MailTrap } from "../support/mail-trap.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { freePort, startServer, type ServerProcess } from "../support/server-process.ts";

// Words that exist nowhere else are put wherever a secret can be put; then everything the server says is searched.

let made = 0;
const plant = (): string => `planted${(made += 1)}${"0123456789abcdef".repeat(2)}`;

const SECRETS = {
  secretKey: plant(),
  apiKey: plant(),
  adminPassword: plant(),
  metricsToken: plant(),
  smtpPassword: plant(),
  exportPassword: plant(),
  linkPassword: plant(),
  wrongKey: plant(),
  keyInAddress: plant(),
  wrongPassword: plant(),
  newPassword: plant(),
  wrongMetricsToken: plant(),
  tokenInPage: plant(),
  passwordInPage: plant(),
  identityToken: plant(),
  brokenBody: plant(),
};
/** Belongs into the database, for it is who somebody is; never into a log or the answer to somebody else. */
const PERSON = { email: `${plant()}@shop.example`, phone: "+380509876543", visitor: `visitor-${plant()}` };

let folder: string;
let db: TestDatabase;
let trap: MailTrap;
let server: ServerProcess;
let place: Record<string, string>;
/** Bodies and headers of everything that was answered. */
const answers: string[] = [];
/** What was handed out once and must not turn up again. */
const handedOut: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backstory-leaks-"));
  [db, trap] = await Promise.all([testDatabase(), mailTrap()]);
  place = { DATABASE_URL: db.url, SECRET_KEY: SECRETS.secretKey, DATA_DIR: folder };
  server = await startServer({
    ...place,
    DEMO_PORT: "",
    LOG_LEVEL: "debug",
    API_KEY: SECRETS.apiKey,
    ADMIN_PASSWORD: SECRETS.adminPassword,
    METRICS_TOKEN: SECRETS.metricsToken,
    EXPORT_TO_PRIVATE_NETWORK: "yes",
    SMTP_URL: trap.url,
    MAIL_FROM: "Shop <shop@mail.example>",
  });
  await useEverything();
});
afterAll(async () => {
  await server.stop();
  await trap.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await fetch(server.url + path, { redirect: "manual", ...init });
  const text = await answer.text();
  const { status, headers } = answer;
  answers.push(JSON.stringify({ path: path.split("?", 1)[0], status, headers: [...headers], text }));
  return { status, text, headers };
}

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: typeof body === "string" ? body : JSON.stringify(body),
  headers: { "content-type": "application/json", ...headers },
});
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

const said = (type: string, fields: object): RequestInit =>
  json({
    site: server.siteKey,
    sentAt: Date.now(),
    messages: [{ type, id: uuidv7(Date.now()), visitorId: PERSON.visitor, at: Date.now(), ...fields }],
  });

async function useEverything(): Promise<void> {
  await useKeys();
  const cookie = await useAdmin();
  await usePages();
  await useDestinations(cookie);
  await breakTheDatabase(cookie);
}

async function useKeys(): Promise<void> {
  await ask("/api/v1/account/info", { headers: bearer(SECRETS.wrongKey) });
  await ask(`/api/v1/account/info?api_key=${SECRETS.keyInAddress}`);
  await ask("/metrics", { headers: bearer(SECRETS.metricsToken) });
  await ask("/metrics", { headers: bearer(SECRETS.wrongMetricsToken) });
  await ask("/api/v1/contact", json(`{"firstName":"${SECRETS.brokenBody}`, bearer(SECRETS.apiKey)));
}

async function useAdmin(): Promise<string> {
  const own = { origin: server.url };
  await ask("/admin/api/session", json({ login: "admin", password: SECRETS.wrongPassword }, own));
  const login = json({ login: "admin", password: SECRETS.adminPassword }, own);
  const cookieOf = (headers: Headers) => headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  const first = cookieOf((await ask("/admin/api/session", login)).headers);
  const change = { current: SECRETS.adminPassword, next: SECRETS.newPassword };
  const changed = await ask("/admin/api/password", json(change, { ...own, cookie: first }));
  const cookie = cookieOf(changed.headers) || first;
  for (const one of [first, cookie]) handedOut.push(one.slice(one.indexOf("=") + 1));
  return cookie;
}

async function usePages(): Promise<void> {
  const url = `https://shop.example/reset?token=${SECRETS.tokenInPage}&password=${SECRETS.passwordInPage}#email=${PERSON.email}`;
  await ask("/v1/messages", said("page", { url, referrer: url }));
  await ask("/v1/messages", said("identify", { email: PERSON.email, token: SECRETS.identityToken }));
  await ask("/v1/messages", said("identify", { externalCustomerId: "x\u0000y", token: SECRETS.identityToken }));
  await ask("/v1/messages", said("subscribe", { email: PERSON.email, phone: PERSON.phone }));
  const letter = await eventually(() => trap.newest(PERSON.email));
  const link = /\/confirm\/([\w-]+)/.exec(letter.parsed.text ?? "");
  handedOut.push(link?.[1] ?? "");
  await ask(`/confirm/${link?.[1] ?? ""}`, { method: "POST" });
  await ask(`/confirm/${link?.[1] ?? ""}/nothing`);
}

async function useDestinations(cookie: string): Promise<void> {
  const own = { origin: server.url, cookie };
  const destination = { kind: "postgresql", host: "127.0.0.1", port: await freePort(), database: "x", user: "x" };
  const order = {
    name: "Reports",
    tables: ["contacts"],
    intervalMinutes: 60,
    secret: SECRETS.exportPassword,
    place: { ...destination, schema: "public", tls: "off", authority: null },
  };
  const { place: wanted, secret } = order;
  expect((await ask("/admin/api/exports/trial", json({ place: wanted, secret }, own))).status).toBe(200);
  expect((await ask("/admin/api/exports", json(order, own))).status).toBe(200);
  const [row] = await db.query<{ exportId: string }>("SELECT export_id FROM export");
  const ran = await backstory(["export", "run", row?.exportId ?? ""], { ...place, EXPORT_TO_PRIVATE_NETWORK: "yes" });
  expect(ran.code).toBe(1);
  answers.push(JSON.stringify({ ...ran }));
  const link = `http://someone:${SECRETS.linkPassword}@no-such-host.invalid/people.csv`;
  await ask("/api/v1/contacts/upload", json({ link, dedupeOn: "email" }, bearer(SECRETS.apiKey)));
}

/** Failures of our own, whose causes are logged with what the database says about them. */
async function breakTheDatabase(cookie: string): Promise<void> {
  const channels = [{ type: "email", value: PERSON.email }];
  await db.query("ALTER TABLE identifier RENAME TO identifier_away");
  const failing = await ask("/api/v1/contact", json({ channels, firstName: PERSON.email }, bearer(SECRETS.apiKey)));
  expect(failing.status).toBe(500);
  await ask(`/admin/api/contacts?q=${encodeURIComponent(PERSON.email)}`, { headers: { cookie } });
  await ask("/v1/messages", said("identify", { email: PERSON.email }));
  await eventually(() => expect(server.output()).toContain("identifier"));
  await db.query("ALTER TABLE identifier_away RENAME TO identifier");
  // The database tells the values of a row that it refuses.
  await db.query(`ALTER TABLE channel ADD CONSTRAINT none CHECK (value NOT LIKE 'planted%') NOT VALID`);
  expect(
    (
      await ask(
        "/api/v1/contact",
        json({ channels: [{ type: "email", value: `x${PERSON.email}` }] }, bearer(SECRETS.apiKey)),
      )
    ).status,
  ).toBe(200);
  const refused = {
    externalCustomerId: "C-9",
    channels: [{ type: "email", value: `planted-other@${PERSON.email.split("@")[1]}` }],
  };
  expect((await ask("/api/v1/contact", json(refused, bearer(SECRETS.apiKey)))).status).toBe(500);
  await db.query("ALTER TABLE channel DROP CONSTRAINT none");
}

const hits = (text: string, words: readonly string[]): string[] => words.filter((word) => text.includes(word));

test("T19: no secret and no person is in the log, at the level that says most", () => {
  const words = [...Object.values(SECRETS), ...handedOut, PERSON.email, PERSON.phone, "planted-other@"];
  expect(words.every((word) => word.length > 12)).toBe(true);
  expect(server.output()).toMatch(/a request failed/);
  expect(hits(server.output(), words)).toEqual([]);
});

test("T19: every line of the log is one JSON object, whatever was written into it", () => {
  const lines = server
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) as number });
});

test("T19: no answer repeats a secret, a path of the server, a statement or a stack", () => {
  expect(answers.length).toBeGreaterThan(15);
  const planted = Object.values(SECRETS);
  for (const answer of answers) {
    expect(hits(answer, planted)).toEqual([]);
    expect(answer).not.toMatch(/node_modules|\/dist\/|\.ts:\d|SELECT |INSERT INTO|relation \\"|identifier_away/);
  }
});

test("T14: secrets lie in no table and in no backup, except as hashes or sealed", async () => {
  const words = [...Object.values(SECRETS), ...handedOut];
  expect(await findPlainText(db, words)).toEqual([]);
  const file = join(folder, "all.gz");
  expect(await backstory(["backup", file], place)).toMatchObject({ code: 0 });
  const backup = gunzipSync(await readFile(file)).toString("utf8");
  expect(backup).toContain(PERSON.email);
  expect(hits(backup, words)).toEqual([]);
});

test("T14: commands print no secret that they were configured with, nor the password of a database", async () => {
  const wrong = `postgres://someone:${SECRETS.exportPassword}@127.0.0.1:1/none`;
  const failed = await backstory(["doctor"], { ...place, DATABASE_URL: wrong });
  const listed = await backstory(["key", "list", "--json"], place);
  const exports = await backstory(["export", "list", "--json"], place);
  for (const { out, err } of [failed, listed, exports]) expect(hits(out + err, Object.values(SECRETS))).toEqual([]);
});
