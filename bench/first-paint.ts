// From the start of the navigation to the first rows of a list on the screen, in a real Chromium, with CONTACTS
// contacts (default 100,000) and EVENTS events (default 500,000). LATENCY: milliseconds added to every request.
// REST: milliseconds that the browser rests before each visit (default 700).
// node scripts/build.mjs && npx tsx bench/first-paint.ts [runs]
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext } from "playwright";
import { openDatabase, type Database } from "../src/server/db/database.ts";
import { startEmbedded } from "../src/server/db/embedded.ts";
import { migrate } from "../src/server/db/migrate.ts";
import { logIn, type AdminCaller } from "./support/admin-caller.ts";
import { nextMessage, startChild, stopChild } from "./support/child.ts";
import { median } from "./support/median.ts";
import { fill, NOW } from "./support/segments-data.ts";

const RUNS = Number(process.argv[2] ?? 7);
const CONTACTS = Number(process.env["CONTACTS"] ?? 100_000);
const EVENTS = Number(process.env["EVENTS"] ?? 500_000);
const LATENCY = Number(process.env["LATENCY"] ?? 0);
const REST = Number(process.env["REST"] ?? 700);
/** The events of one contact, whose page is looked at. */
const DEEP = 5_000;
const PASSWORD = "correct horse battery staple";

/** Runs in the page. The moment is that of the frame after the one which has the rows: by then they are painted. */
const WATCH = `
  const look = new MutationObserver(() => {
    if (document.querySelector("main .row-link, main .entry, [name=login]") === null) return;
    look.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => window.tellPainted(performance.now())));
  });
  window.painted = new Promise((tell) => (window.tellPainted = tell));
  look.observe(document, { childList: true, subtree: true });`;

const READ = `(async () => {
  const painted = await window.painted;
  // The entry is written when the frame has reached the screen, which may be later than the next frame's beginning.
  const first = await new Promise((tell) => {
    new PerformanceObserver((list) => {
      for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") tell(startTime);
    }).observe({ type: "paint", buffered: true });
  });
  const asked = performance.getEntriesByType("resource").find(({ name }) => name.includes(window.listRequest));
  return { first, painted, asked: asked?.startTime ?? NaN, answered: asked?.responseEnd ?? NaN };
})()`;

interface Case {
  readonly name: string;
  readonly address: string;
  /** What the admin's API is asked for it, if anything. */
  readonly request?: string;
}

interface Moments {
  /** Something is there to see: the frame of the screen, and lines in the place of the rows. */
  readonly first: number;
  /** The rows themselves. */
  readonly painted: number;
  readonly asked: number;
  readonly answered: number;
  /** Processor time of the page's main thread until then; what else the machine does is no part of it. */
  readonly processor: number;
}

/** Nobody is logged in: page, style and script, and no list. */
const FLOOR: Case = { name: "floor: the form to log in", address: "/contacts" };

async function casesOf({ call }: AdminCaller): Promise<readonly Case[]> {
  const list = (name: string, query: string): Case => ({
    name,
    address: `/contacts${query}`,
    request: `/contacts${query}`,
  });
  const second = await call<{ next: string }>("GET", "/contacts");
  const third = await call<{ next: string }>("GET", `/contacts?after=${second.next}`);
  const isEmpty = { kind: "field", field: "externalCustomerId", operator: "empty" };
  const { id } = await call<{ id: number }>("POST", "/segments", {
    name: "Without an external ID",
    condition: { kind: "all", of: [isEmpty] },
  });
  return [
    FLOOR,
    list("all contacts", ""),
    list("search: beginning of a name", "?q=Anna"),
    list("search: a letter nine in ten have", "?q=p"),
    list("search: one email", "?q=person77777%40example.com"),
    list("External ID is empty", "?externalId=empty"),
    list("oldest first", "?order=oldest"),
    list("page 3", `?after=${third.next}`),
    { name: `a contact of ${DEEP} events`, address: "/contacts/77777", request: "/contacts/77777/timeline" },
    { name: "members of a dynamic segment", address: `/segments/${id}`, request: `/segments/${id}/members` },
    list("backstory of under a week", "?backstory=week"),
    list("backstory of over a month", "?backstory=longer"),
  ];
}

/** A long history for the contact 77777: a visit a day, for most of a year. */
async function deepen(db: Database): Promise<void> {
  await db.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, url, title, properties, trust)
     SELECT mint(at), 1, 'visitor', visitor(77777), 'page', at, at, 'https://shop.example/rooms/' || n % 1000, 'A page of the shop',
            '{"price": 10}', 'browser'
     FROM (SELECT n, to_timestamp($2::float8 / 1000) - (n / 20) * interval '1 day' - (n % 20) * interval '1 minute' AS at
           FROM generate_series(1, $1::int) n) made`,
    [DEEP, NOW],
  );
  // As an installation does by itself, within minutes.
  await db.query("SELECT tell_every_backstory()");
  await db.query("VACUUM ANALYZE event, backstory");
}

async function visit(context: BrowserContext, url: string, { address, request }: Case): Promise<Moments> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  if (LATENCY > 0) {
    const open = { offline: false, downloadThroughput: -1, uploadThroughput: -1 };
    await session.send("Network.emulateNetworkConditions", { ...open, latency: LATENCY });
  }
  // The browser ends the process of the page before and starts one in reserve, for which there are no processors to spare.
  await new Promise((done) => setTimeout(done, REST));
  await page.addInitScript(`window.listRequest = ${JSON.stringify(`/admin/api${request}`)};${WATCH}`);
  await page.goto(`${url}/admin${address}`, { waitUntil: "commit" });
  const moments = await page.evaluate<Omit<Moments, "processor">>(READ);
  const { metrics } = await session.send("Performance.getMetrics");
  const processor = 1_000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN);
  await page.close();
  return { ...moments, processor };
}

interface Measured {
  readonly cold: readonly Moments[];
  readonly warm: readonly Moments[];
}

/** Cold: a profile that was never here. Warm: the same profile, for the second time. */
async function measure(browser: Browser, { url, cookie }: { url: string; cookie: string }, one: Case) {
  const measured: { cold: Moments[]; warm: Moments[] } = { cold: [], warm: [] };
  const [name = "", value = ""] = cookie.split("=");
  for (let run = 0; run < RUNS; run += 1) {
    const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 } });
    if (one !== FLOOR) await context.addCookies([{ name, value, url }]);
    measured.cold.push(await visit(context, url, one));
    measured.warm.push(await visit(context, url, one));
    await context.close();
  }
  return measured;
}

async function answerTime({ call }: AdminCaller, request: string | undefined): Promise<number> {
  if (request === undefined) return NaN;
  const times: number[] = [];
  for (let run = 0; run < RUNS * 3; run += 1) {
    const started = performance.now();
    await call("GET", request);
    times.push(performance.now() - started);
  }
  return median(times);
}

function row(name: string, floor: number, { cold, warm }: Measured): string {
  const of = (moments: readonly Moments[], what: keyof Moments) => median(moments.map((one) => one[what]));
  const cells = [
    floor,
    of(cold, "first"),
    of(cold, "painted"),
    of(cold, "asked"),
    of(cold, "answered"),
    of(cold, "processor"),
    of(warm, "first"),
    of(warm, "painted"),
    of(warm, "processor"),
    Math.max(...warm.map(({ painted }) => painted)),
  ];
  return `${name.padEnd(32)}${cells.map((cell) => (Number.isNaN(cell) ? "–" : `${cell.toFixed(0)} ms`).padStart(10)).join("")}`;
}

const dataDirectory = await mkdtemp(join(tmpdir(), "backstory-bench-"));
const embedded = await startEmbedded({ dataDirectory });
const executablePath = ["/usr/bin/chromium"].find((path) => existsSync(path));
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
});
try {
  await migrate(embedded.connection);
  const db = openDatabase({ ...embedded.connection, max: 2 });
  await fill(db, { contacts: CONTACTS, events: EVENTS });
  await deepen(db);
  await db.close();
  const { connection } = embedded;
  const server = await startChild("./admin-server.ts", { connection, password: PASSWORD });
  try {
    const { port } = await nextMessage<{ port: number }>(server);
    const url = `http://localhost:${port}`;
    const caller = await logIn(url, PASSWORD);
    const cases = await casesOf(caller);
    console.log(`${CONTACTS} contacts, ${EVENTS} events, ${RUNS} runs, ${LATENCY} ms added to a request; medians\n`);
    const heads = ["answer", "cold", "rows", "asked", "answered", "CPU", "warm", "rows", "CPU", "worst"];
    console.log(`${"".padEnd(32)}${heads.map((head) => head.padStart(10)).join("")}`);
    for (const one of cases) {
      const floor = await answerTime(caller, one.request);
      console.log(row(one.name, floor, await measure(browser, { url, cookie: caller.cookie }, one)));
    }
  } finally {
    await stopChild(server);
  }
} finally {
  await browser.close();
  await embedded.stop();
  await rm(dataDirectory, { recursive: true, force: true });
}
