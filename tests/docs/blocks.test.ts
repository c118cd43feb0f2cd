import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createIdentityKey } from "../../src/server/identity/index.ts";
import type { SiteId } from "../../src/contract/identifiers.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { launchChromium } from "../support/browser.ts";
import { listCodeBlocks, type CodeBlock } from "../support/code-blocks.ts";
import { eventually } from "../support/eventually.ts";
import { exportWorld } from "../support/export-world.ts";
import { emptyDatabase, testDatabase, type TestDatabase } from "../support/postgres.ts";
import { startServer, type ServerProcess } from "../support/server-process.ts";

// Every block of code in the README and in docs/ does what it says, against the built server and in a real browser.

const SECRET_KEY = "a secret that only the tests know, 32+ bytes";
const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

let folder: string;
let db: TestDatabase;
let server: ServerProcess;
let shop: Server;
let browser: Browser;
/** What the shop's one page holds at the moment, and the policy it comes with. */
const shown = { html: "", policy: "" };

beforeAll(async () => {
  [folder, db, browser] = await Promise.all([
    mkdtemp(join(tmpdir(), "backstory-blocks-")),
    testDatabase(),
    launchChromium(),
  ]);
  server = await startServer({ DATABASE_URL: db.url, SECRET_KEY, DEMO_PORT: "", RATE_LIMIT: "0" });
  shop = createServer((_request, response) => {
    const policy = shown.policy === "" ? {} : { "content-security-policy": shown.policy };
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...policy }).end(shown.html);
  });
  await new Promise<void>((done) => shop.listen(0, "127.0.0.1", done));
  await mkdir(join(folder, "backups"));
  const people = "Код,email,First name\nC-20001,cleo@example.org,Cleo\nC-20002,dan@example.org,Dan\n";
  await writeFile(join(folder, "people.csv"), people.replace("Код", "externalCustomerId"));
  await writeFile(join(folder, "contacts.csv"), people);
});
afterAll(async () => {
  await browser.close();
  shop.closeAllConnections();
  shop.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What stands for the reader's own values. */
const filledIn = (code: string): string =>
  code
    .replaceAll(/https:\/\/(backstory\.example\.com|HOST)|__HOST__/g, server.url)
    .replaceAll("__SITE__", server.siteKey)
    .replaceAll(/\b(YOUR_)?SITE_KEY\b/g, server.siteKey)
    .replaceAll(":API_KEY", `:${server.apiKey}`)
    .replaceAll(" /backups/", ` ${folder}/backups/`);

const TAG = '<script defer src="https://backstory.example.com/backstory.js" data-site="YOUR_SITE_KEY"></script>';
/** What the README tells to paste for calls that come before the script. */
const STUB = readFileSync(new URL("../../dist/snippet.html", import.meta.url), "utf8");

// --- commands

async function runShell({ code }: CodeBlock): Promise<void> {
  const isRestore = code.includes("backstory restore");
  const place = isRestore ? (await emptyDatabase()).url : db.url;
  const shell = `set -euo pipefail
    backstory() { "${process.execPath}" "${CLI}" "$@"; }
    curl() { command curl --fail-with-body --silent --show-error "$@"; }
    ${filledIn(code)}`;
  await promisify(execFile)("bash", ["-c", shell], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: place,
      DATA_DIR: folder,
      SECRET_KEY,
      BACKSTORY_URL: server.url,
      BACKSTORY_KEY: server.apiKey,
      API_KEY: server.apiKey,
      PUBLIC_URL: server.url,
      PORT: new URL(server.url).port,
      VISITOR_ID: "visitor-of-the-documents",
    },
  });
}

/** Ann is known: some blocks are about her, and one erases her. */
async function introduceAnn(): Promise<void> {
  const answer = await fetch(`${server.url}/api/v1/contact`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${server.apiKey}` },
    body: JSON.stringify({
      externalCustomerId: "C-10001",
      channels: [{ type: "email", value: "ann@example.org" }],
    }),
  });
  expect(answer.status).toBe(200);
}

// --- pages

interface Opened {
  readonly page: Page;
  readonly complaints: string[];
}

async function open(html: string, policy = ""): Promise<Opened> {
  Object.assign(shown, { html: `<!doctype html><title>Shop</title>${filledIn(html)}`, policy });
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`http://localhost:${(shop.address() as AddressInfo).port}/`);
  return { page, complaints };
}

const heard = async (): Promise<{ events: number; words: number; rejected: number }> => {
  const [row] = await db.query<{ events: number; words: number; rejected: number }>(
    `SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM identity_message) AS words,
            (SELECT count(*) FROM rejected) AS rejected`,
  );
  if (row === undefined) throw new Error("Nothing was counted.");
  return row;
};

interface Expected {
  readonly events?: number;
  readonly words?: number;
}

/** Opens it, does `act` there, and waits until the server has heard that much more and rejected nothing. */
async function showPage(html: string, more: Expected, act: (page: Page) => Promise<void> = async () => {}) {
  const before = await heard();
  const { page, complaints } = await open(html);
  await act(page);
  await eventually(async () => {
    const now = await heard();
    expect({ events: now.events - before.events, words: now.words - before.words }).toEqual({
      events: more.events ?? 0,
      words: more.words ?? 0,
    });
  });
  expect((await heard()).rejected).toBe(before.rejected);
  expect(complaints).toEqual([]);
  await page.context().close();
}

async function runHtml({ code }: CodeBlock): Promise<void> {
  if (code.includes("eS('init'")) return showPage(code, {});
  if (code.includes('data-consent="required"')) return showPage(code, {});
  if (code.includes('data-backstory="subscribe"'))
    return showPage(TAG + code, { events: 2, words: 1 }, async (page) => {
      await page.fill("[name=email]", "form@example.org");
      await page.click("button");
    });
  if (code.includes("#register")) {
    const fields = ["id", "email", "name"].map((name) => `<input name="${name}">`).join("");
    const form = `<form id="register" action="/">${fields}<button>Join</button></form>`;
    return showPage(TAG + form + code, { events: 2, words: 1 }, async (page) => {
      await page.fill("[name=id]", "C-30001");
      await page.fill("[name=email]", "eve@example.org");
      await page.fill("[name=name]", "Eve");
      await page.click("button");
    });
  }
  return showPage(code, { events: 1 });
}

async function runJs(block: CodeBlock): Promise<void> {
  const { code } = block;
  if (/from "backstory"/.test(code)) return typeCheck(code);
  if (code.includes("process.env")) return signToken(code);
  if (code.includes("eS(")) {
    const snippet = listCodeBlocks().find((one) => one.language === "html" && one.code.includes("eS('init'"));
    // Two events; what is said of a person is remembered.
    return showPage(`${snippet?.code ?? ""}<script>${code}</script>`, { events: 2, words: 1 });
  }
  const words = code.match(/^backstory\("(identify|subscribe|reset)"/gm)?.length ?? 0;
  const consents = code.match(/^backstory\("consent"/gm)?.length ?? 0;
  return showPage(`${STUB}<script>${code}</script>`, { events: 1 + consents, words });
}

async function typeCheck(code: string): Promise<void> {
  const place = await mkdtemp(join(folder, "types-"));
  await writeFile(join(place, "example.ts"), code);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: "preserve",
    moduleResolution: "bundler",
    target: "es2022",
    types: [],
    paths: { backstory: [resolve("dist/esm/index.d.ts")] },
  };
  await writeFile(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["example.ts"] }));
  const tsc = resolve("node_modules/typescript/bin/tsc");
  expect(spawnSync(process.execPath, [tsc, "-p", place], { encoding: "utf8" }).stdout).toBe("");
}

async function signToken(code: string): Promise<void> {
  const [site] = await db.query<{ siteId: SiteId }>("SELECT site_id FROM site WHERE site_key = $1", [server.siteKey]);
  const deps = { db, secretKey: SECRET_KEY };
  const key = await createIdentityKey(deps, {
    siteId: site?.siteId ?? (0 as SiteId),
    algorithm: "HS256",
    at: Date.now(),
  });
  const visitorId = "visitor-with-a-token";
  const env = {
    IDENTITY_KEY_ID: key.keyId,
    IDENTITY_SECRET: key.secret ?? "",
    SITE_KEY: server.siteKey,
    VISITOR_ID: visitorId,
  };
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], { env });
  const token = (await run).stdout.trim();
  const message = {
    type: "identify",
    id: uuidv7(Date.now()),
    visitorId,
    at: Date.now(),
    externalCustomerId: "C-10001",
    token,
  };
  await fetch(`${server.url}/v1/messages`, {
    method: "POST",
    body: JSON.stringify({ site: server.siteKey, sentAt: Date.now(), messages: [message] }),
  });
  await eventually(async () => {
    const bound = await db.query(
      `SELECT external_customer_id FROM binding JOIN contact USING (contact_id) WHERE source_id = $1`,
      [visitorId],
    );
    expect(bound).toEqual([{ externalCustomerId: "C-10001" }]);
  });
}

async function runPolicy({ code }: CodeBlock): Promise<void> {
  const before = await heard();
  const { page, complaints } = await open(TAG, filledIn(code).trim());
  await eventually(async () => expect((await heard()).events).toBe(before.events + 1));
  expect(complaints).toEqual([]);
  await page.context().close();
}

async function runSql({ code }: CodeBlock): Promise<void> {
  const world = await exportWorld(db);
  await world.run(await world.exports.create(world.order()));
  const { rows } = await world.warehouse.pool.query(code);
  // Somebody's page views, by the stretch that is theirs.
  expect(rows.length).toBeGreaterThan(0);
}

// --- which block is shown by what

/** Shown by a test of its own: page, language and perhaps what stands in it, and which test it is. */
const SHOWN_ELSEWHERE: Readonly<Record<string, string>> = {
  "docs/mobile.md ts": "tests/device/build.test.ts",
  "docs/sign-up.md js /api/v1/contact": "tests/api/docs-examples.test.ts",
  "docs/sign-up.md python": "tests/api/docs-examples.test.ts",
  "docs/sign-up.md php": "tests/api/docs-examples.test.ts",
};
const NOT_RUN: readonly (readonly [form: RegExp, why: string])[] = [
  [/^npm start$/, "installs and starts everything; tests/faults/start.test.ts starts what it builds"],
  [/^npm test$/, "runs this very test"],
  [/^npm start {5}installs/, "a table of two commands, not a script"],
];

type Runner = (block: CodeBlock) => Promise<void>;
const RUNNERS: Readonly<Record<string, Runner>> = {
  sh: runShell,
  js: runJs,
  html: runHtml,
  csp: runPolicy,
  sql: runSql,
};

const isAt = (block: CodeBlock, place: string): boolean => {
  const [page, language, part = ""] = place.split(" ");
  return block.page === page && block.language === language && block.code.includes(part);
};
const reasonOf = (block: CodeBlock): string | undefined =>
  Object.entries(SHOWN_ELSEWHERE).find(([place]) => isAt(block, place))?.[1] ??
  NOT_RUN.find(([form]) => form.test(block.code.trim()))?.[1];

const blocks = listCodeBlocks();
const run = blocks.filter((block) => reasonOf(block) === undefined);

test("every block of the README and the documents is run by a test, or says why not", () => {
  expect(blocks.length).toBeGreaterThan(30);
  const unknown = run.filter(({ language }) => RUNNERS[language] === undefined);
  expect(unknown.map(({ page, line, language }) => `${page}:${line} ${language}`)).toEqual([]);
  expect(run.length).toBeGreaterThan(20);
});

test("tests that are said to show a block read its page", async () => {
  for (const [place, file] of Object.entries(SHOWN_ELSEWHERE)) {
    const [page = ""] = place.split(" ");
    expect(blocks.some((block) => isAt(block, place))).toBe(true);
    expect(await readFile(file, "utf8")).toContain(page);
  }
});

test.for(run.map((block) => [`${block.page}:${block.line} (${block.language})`, block] as const))(
  "%s works as it stands",
  async ([, block]) => {
    await introduceAnn();
    await RUNNERS[block.language]?.(block);
  },
);
