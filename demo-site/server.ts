import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import cookie from "@fastify/cookie";
import formBody from "@fastify/formbody";
import serveStatic from "@fastify/static";
import Fastify from "fastify";
import type { FastifyInstance } from "fastify";
import { accountRoutes } from "./account-routes.ts";
import { openBackstoryClient } from "./backstory.ts";
import { cartRoutes } from "./cart-routes.ts";
import { catalogueRoutes } from "./catalogue-routes.ts";
import { openCustomerBook } from "./customers.ts";
import { collectReports, guard } from "./guard.ts";
import { openJournal } from "./journal.ts";
import { brokenPage, notFoundPage } from "./pages/service.ts";
import type { Shop } from "./shop.ts";
import { sendPage } from "./shop.ts";

export interface DemoSiteOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  /** Where browsers and this server find Backstory, e.g. `http://localhost:3000`. */
  readonly backstoryUrl: string;
  readonly siteKey: string;
  /** Secret: stays in the shop's back end. */
  readonly apiKey: string;
  /** Customers are kept in `demo-site/` in here; in memory if absent. */
  readonly dataDir?: string;
}

export interface DemoSite {
  readonly url: string;
  close(): Promise<void>;
}

const MINUTE = 60_000;
const log = (message: string): void => console.warn(`demo shop: ${message}`);

/** The folder lies beside this file, or, when the shop was bundled into dist/, beside the source. */
function assetsFolder(): string {
  const candidates = ["./public/", "../demo-site/public/"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = candidates.find((folder) => existsSync(join(folder, "shop.css")));
  if (found === undefined)
    throw new Error(`The demo shop's assets are missing. Looked in ${candidates.join(" and ")}.`);
  return found;
}

async function createShop(shop: Shop): Promise<FastifyInstance> {
  const app = Fastify({ forceCloseConnections: true, bodyLimit: 32 * 1024 });
  guard(app, shop.backstoryUrl);
  collectReports(app, log);
  await app.register(cookie);
  await app.register(formBody);
  await app.register(serveStatic, { root: assetsFolder(), prefix: "/assets/", maxAge: 5 * MINUTE });
  catalogueRoutes(app, shop);
  accountRoutes(app, shop);
  cartRoutes(app, shop);
  app.setNotFoundHandler((request, reply) => sendPage(shop, request, reply.code(404))(notFoundPage()));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const code = error.statusCode ?? 500;
    if (code >= 500) log(`${request.method} ${request.url} failed: ${error.stack ?? error.message}`);
    return sendPage(shop, request, reply.code(code))(brokenPage());
  });
  return app;
}

function addressOf(app: FastifyInstance, host: string): string {
  const address = app.server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  return `http://${name}:${port}`;
}

/** A small shop with its own back end, as a user of Backstory would have it. */
export async function startDemoSite(options: DemoSiteOptions): Promise<DemoSite> {
  const { port, host = "localhost", siteKey, apiKey, dataDir } = options;
  const backstoryUrl = options.backstoryUrl.replace(/\/+$/, "");
  const file = dataDir === undefined ? undefined : join(dataDir, "demo-site", "journal.jsonl");
  const backstory = openBackstoryClient({ backstoryUrl, apiKey, log });
  const app = await createShop({
    book: await openCustomerBook(openJournal(file)),
    backstory,
    backstoryUrl,
    siteKey,
  });
  await app.listen({ port, host });
  return {
    url: addressOf(app, host),
    async close() {
      await app.close();
      await backstory.close();
    },
  };
}
