import { rm } from "node:fs/promises";
import type { Browser, BrowserContext } from "playwright";
import { launchChromium } from "../../support/browser.ts";
import { eventually } from "../../support/eventually.ts";
import { PASS, startFaultProxy, type FaultProxy } from "../../support/fault-proxy.ts";
import { testDatabase, type TestDatabase } from "../../support/postgres.ts";
import { CREDENTIALS, startServer, type ServerProcess } from "../../support/server-process.ts";
import { openLedger, rememberPeople, type Comparison, type Ledger } from "./ledger.ts";
import { startShop, type Shop } from "./shop.ts";
import { visitorIn, type Visitor } from "./visitor.ts";

/** Everything that is real about a visit: browser, network that can fail, server, database. */
export interface World {
  /** Between browsers and the server. */
  readonly proxy: FaultProxy;
  /** Between browsers and the shop. */
  readonly street: FaultProxy;
  readonly shop: Shop;
  readonly db: TestDatabase;
  killServer(): Promise<void>;
  startServer(): Promise<void>;
  /** A browser without history, closed after the round. */
  newContext(): Promise<BrowserContext>;
  close(): Promise<void>;
}

export interface Size {
  /** Visitors at a time. */
  readonly visitors: number;
  /** Pages that each of them opens. */
  readonly pages: number;
  /** Tabs that one visitor opens at once. */
  readonly tabs: number;
}

/** One round of a fault: its visitors, and the page that they open. */
export interface Round extends World, Size {
  readonly ledger: Ledger;
  /** Somebody new. */
  visitor(): Promise<Visitor>;
  /** As many new visitors as the size says, at the same time. */
  everybody(visit: (visitor: Visitor) => Promise<unknown>): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const db = await testDatabase();
  await rememberPeople(db);
  const start = (environment: Record<string, string> = {}): Promise<ServerProcess> =>
    startServer({ DATABASE_URL: db.url, DEMO_PORT: "", ...environment });
  let server = await start();
  const proxy = await startFaultProxy(server.url);
  const shop = await startShop(proxy.url, CREDENTIALS.siteKey);
  const street = await startFaultProxy(shop.url);
  // Playwright switches the back/forward cache off; visitors have it.
  const browser: Browser = await launchChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  return {
    db,
    proxy,
    shop,
    street,
    async killServer() {
      await server.signal("SIGKILL");
    },
    async startServer() {
      server = await start({ PORT: new URL(server.url).port, DATA_DIR: server.dataDir });
    },
    newContext: () => browser.newContext(),
    async close() {
      await browser.close();
      await Promise.all([server.stop(), proxy.close(), street.close(), shop.close()]);
      await rm(server.dataDir, { recursive: true, force: true });
    },
  };
}

export interface Row extends Comparison {
  readonly fault: string;
  readonly pageLoads: number;
  /** Messages that left browsers, repeats included. */
  readonly sent: number;
}

export interface Fault {
  /** Who does what while what fails: a row of the table, a test's name. */
  readonly name: string;
  readonly round: (round: Round) => Promise<void>;
  /** Most of it is waiting: left to the long form. */
  readonly slow?: true;
}

/** Rounds until enough pages have been loaded. Everything is all right again when a round ends. */
export async function suffer(
  fault: Fault,
  { world, size, label, pageLoads, patience = PATIENCE }: Suffering,
): Promise<Row> {
  const ledger = openLedger(world.db, label);
  const { proxy, shop } = world;
  const before = { sent: proxy.requests.length, asked: shop.asked.length };
  const loads = (): number => shop.asked.slice(before.asked).filter((path) => WITH_TAG.test(path)).length;
  let result: Comparison;
  do {
    const contexts: BrowserContext[] = [];
    const visitor = async (): Promise<Visitor> => {
      const context = await world.newContext();
      contexts.push(context);
      return visitorIn(context, { shopUrl: world.street.url, ledger });
    };
    await fault.round({
      ...world,
      ...size,
      ledger,
      visitor,
      everybody: async (visit) =>
        void (await Promise.all(Array.from({ length: size.visitors }, async () => visit(await visitor())))),
    });
    proxy.set(PASS);
    result = await arrived(ledger, patience);
    await Promise.all(contexts.map((context) => context.close()));
  } while (loads() < pageLoads && result.lost.length + result.doubled.length === 0);
  const sent = messagesIn(proxy.requests.slice(before.sent).map(({ body }) => body));
  return { fault: fault.name, pageLoads: loads(), sent, ...result };
}

interface Suffering {
  readonly world: World;
  readonly size: Size;
  readonly label: string;
  /** To be reached at least. */
  readonly pageLoads: number;
  /** Milliseconds until what has not arrived is lost. */
  readonly patience?: number;
}

const WITH_TAG = /^\/(page|strict|ahead\/(?!ran))/;
/** Longer than the tracker waits for an answer, and for its next try after that. */
const PATIENCE = 75_000;

/** Waits until everything called is stored, or until it will not come any more. */
async function arrived(ledger: Ledger, patience: number): Promise<Comparison> {
  const complete = async (): Promise<Comparison> => {
    const comparison = await ledger.compare();
    if (comparison.lost.length > 0) throw new Error("not yet");
    return comparison;
  };
  return eventually(complete, patience).catch(() => ledger.compare());
}

const messagesIn = (bodies: readonly string[]): number =>
  bodies.reduce((sum, body) => sum + (body.match(/"visitorId":/g)?.length ?? 0), 0);
