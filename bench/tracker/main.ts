// Our tracker beside its peers: bytes, main-thread CPU, requests. npx tsx bench/tracker/main.ts [rounds]
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { chromium } from "playwright";
import { median } from "../support/median.ts";
import { startCollector, type Upload } from "./collector.ts";
import { SETTLING, startShop } from "./page.ts";
import { listPeers, type Peer } from "./peers.ts";
import { report, type Measured } from "./report.ts";
import { costIn, type Cost } from "./trace.ts";

const [rounds = 7] = process.argv.slice(2).map(Number);
/** The mild and the hard case: Chromium's CPU throttle. */
const RATES = [1, 4] as const;
/** After the identify; none of them computes much later. */
const AFTERWARDS = 1_000;
/** Until those that batch for seconds have sent everything. */
const ALL_SENT = 9_000;
const SYSTEM_CHROMIUM = "/usr/bin/chromium";

const collector = await startCollector();
const peers = await listPeers(collector.url);
const shop = await startShop(peers);
const executablePath = process.env["CHROMIUM_SHELL"] ?? [SYSTEM_CHROMIUM].find((path) => existsSync(path));
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  // Some trackers are silent in a browser that says it is driven.
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-blink-features=AutomationControlled"],
});
// … or whose name says that nobody sees it.
const { userAgent } = await visibleAgent();
try {
  const requests = new Map<Peer, readonly Upload[]>();
  for (const peer of peers) requests.set(peer, await requestsOf(peer));
  const costs = await interleavedCosts();
  const measured = peers.map((peer): Measured => {
    const [full, slow] = RATES.map((rate) => medianCost(costs, { peer, rate }));
    return { peer, sizes: sizesOf(peer), requests: requests.get(peer) ?? [], full, slow };
  });
  const text = report(measured, { rounds, chromium: browser.version(), load: loadavg()[0] ?? NaN });
  console.log(text);
  await writeFile(new URL("README.md", import.meta.url), text);
} finally {
  await browser.close();
  await Promise.all([shop.close(), collector.close()]);
}

async function visibleAgent(): Promise<{ userAgent: string }> {
  const page = await browser.newPage();
  const userAgent = await page.evaluate("navigator.userAgent");
  await page.close();
  return { userAgent: String(userAgent).replace("Headless", "") };
}

function sizesOf({ script }: Peer): Measured["sizes"] {
  const bytes = Buffer.from(script);
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}

async function requestsOf(peer: Peer): Promise<readonly Upload[]> {
  const before = collector.uploads.length;
  const context = await browser.newContext({ userAgent });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.warn(`${peer.name}: ${String(error)}`));
  await page.goto(shop.pageOf(peer).page);
  await sleep(ALL_SENT);
  await context.close();
  return collector.uploads.slice(before);
}

interface Sample extends Cost {
  /** Undefined: the page without any tracker. */
  readonly peer: Peer | undefined;
  readonly rate: number;
}

/** All of them in each round, so that what else the machine does meets them alike. */
async function interleavedCosts(): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round += 1)
    for (const rate of RATES)
      for (const peer of [undefined, ...peers]) samples.push({ peer, rate, ...(await costOf(peer, rate)) });
  return samples;
}

/** One cold page: a new browser profile, nothing cached. */
async function costOf(peer: Peer | undefined, rate: number): Promise<Cost> {
  const context = await browser.newContext({ userAgent });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
  await browser.startTracing(page, { categories: ["devtools.timeline", "v8", "blink.user_timing"] });
  const where = shop.pageOf(peer);
  await page.goto(where.page);
  await sleep(SETTLING + AFTERWARDS * Math.sqrt(rate));
  const trace = await browser.stopTracing();
  await context.close();
  return costIn(trace, where);
}

/** What the tracker adds to a page without any. */
function medianCost(samples: readonly Sample[], { peer, rate }: Pick<Sample, "peer" | "rate">): Cost {
  const of = (who: Peer | undefined) => samples.filter((sample) => sample.peer === who && sample.rate === rate);
  const javascript = (who: Peer | undefined): number => median(of(who).map((sample) => sample.javascript));
  return {
    evaluate: median(of(peer).map((sample) => sample.evaluate)),
    javascript: Math.max(0, javascript(peer) - javascript(undefined)),
  };
}
