import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright";
import { bundleScript } from "../../../scripts/build-tracker.mjs";
import { launchChromium } from "../../support/browser.ts";
import type { Batch, Message } from "./page.ts";

/** What the collector does with a batch: answers, says it is overloaded, cuts the line before or after taking it. */
export type Mood = "well" | "overloaded" | "cut" | "answerLost";

export interface Site {
  readonly port: number;
  readonly batches: readonly Batch[];
  /** What reached the collector and was not taken. */
  readonly refused: readonly Batch[];
  readonly methods: readonly string[];
  readonly received: () => Message[];
  mood: Mood;
  /** Keeps the tracker's script back until the answer is called. */
  holdScript(): () => void;
  /** Markup and headers by path; any other path is a page with the tag. `__SITE__` in it becomes the site's key. */
  readonly pages: Map<string, { html: string; headers?: Record<string, string> }>;
  /** For the next test: under a key of its own, as pages of the last one may still be sending. */
  forget(): void;
  close(): Promise<void>;
}

export const tag = (attributes = ""): string =>
  `<script async src="/backstory.js" data-site="__SITE__" ${attributes}></script>`;
export const pageWith = (body: string): string => `<!doctype html><title>A page</title>${tag()}${body}`;

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
};

/** A site and its collector on one port, reachable under any host name of the browser below. */
export async function startSite(): Promise<Site> {
  const { code } = await bundleScript("script.ts");
  const batches: Batch[] = [];
  const refused: Batch[] = [];
  const methods: string[] = [];
  const pages: Site["pages"] = new Map();
  let sites = 1;
  let script: Promise<void> = Promise.resolve();

  const collect = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await textOf(request);
    const batch: Batch | undefined = text ? JSON.parse(text) : undefined;
    if (batch && batch.site !== siteKey()) return accept(response, batch);
    methods.push(request.method ?? "");
    if (!batch) return void response.writeHead(204, cors).end();
    if (site.mood === "cut" || site.mood === "overloaded") refused.push(batch);
    if (site.mood === "cut") return void request.socket.destroy();
    if (site.mood === "overloaded") return void response.writeHead(503, cors).end();
    batches.push(batch);
    if (site.mood === "answerLost") return void request.socket.destroy();
    accept(response, batch);
  };
  const accept = (response: ServerResponse, { messages }: Batch): void => {
    response.writeHead(200, { ...cors, "content-type": "application/json" });
    response.end(JSON.stringify({ accepted: messages.length, rejected: [] }));
  };
  const siteKey = (): string => `site-${sites}`;
  const cors = { "access-control-allow-origin": "*", "access-control-expose-headers": "retry-after" };

  const server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/\?.*/, "");
    const page = pages.get(path);
    if (path === "/v1/messages") void collect(request, response);
    else if (path === "/backstory.js") {
      const headers = { "content-type": "text/javascript", "cache-control": "no-store" };
      void script.then(() => response.writeHead(200, headers).end(code));
    } else if (path === "/favicon.ico") response.writeHead(204).end();
    else {
      response.writeHead(200, { "content-type": "text/html", ...page?.headers });
      const html = page?.html ?? `<!doctype html><title>Page ${path}</title>${tag()}`;
      response.end(html.replaceAll("__SITE__", siteKey()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const site: Site = {
    port: (server.address() as AddressInfo).port,
    batches,
    refused,
    methods,
    pages,
    mood: "well",
    holdScript() {
      let release = (): void => undefined;
      script = new Promise((resolve) => (release = resolve));
      return release;
    },
    received: () => batches.flatMap(({ messages }) => messages),
    forget() {
      sites++;
      batches.length = 0;
      refused.length = 0;
      methods.length = 0;
      pages.clear();
      site.mood = "well";
      script = Promise.resolve();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return site;
}

/** A real Chromium for which every host name is this machine, and whose back button works as it does for people. */
export const launchBrowser = (): Promise<Browser> =>
  launchChromium({
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
    args: ["--host-resolver-rules=MAP * 127.0.0.1"],
  });
