import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { aheadPage } from "./ahead-page.ts";

const SNIPPET = fileURLToPath(new URL("../../../dist/snippet.html", import.meta.url));

/** A site whose pages hold the tag as it is pasted. */
export interface Shop {
  readonly url: string;
  /** Everything asked for so far. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** A page without the tag. */
export const AWAY = "/away";

/**
 * The first word of a path: `page` is a page with the tag; `strict` forbids it everything that a content security policy
 * can forbid; `framed` holds a `page` in a frame without an origin; `ahead` has others rendered ahead.
 */
export type PageKind = "page" | "strict" | "framed" | "ahead";

export async function startShop(host: string, siteKey: string): Promise<Shop> {
  const tag = readFileSync(SNIPPET, "utf8").replaceAll("__HOST__", host).replaceAll("__SITE__", siteKey);
  const asked: string[] = [];

  const pages: Readonly<Record<string, (path: string) => string>> = {
    page: (path) => html(path, tag),
    strict: (path) => html(path, tag.replaceAll("<script", `<script nonce="${NONCE}"`)),
    framed: (path) => `<iframe sandbox="allow-scripts" src="${path.replace("/framed", "/page")}"></iframe>`,
    ahead: (path) => html(path, tag, aheadPage(path)),
    ran: (path) => JSON.stringify(asked.includes(path.replace("/ran", "/ahead/ran"))),
  };

  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const kind = path.split("/")[1] ?? "";
    asked.push(path);
    response.setHeader("content-type", "text/html; charset=utf-8");
    if (kind === "strict") response.setHeader("content-security-policy", policy(host));
    response.end(pages[kind]?.(path) ?? "<!doctype html><title>Elsewhere</title><p>No tag here.</p>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    // `listen` on a TCP port; the type also knows pipes.
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

const NONCE = "r4nd0m";

const policy = (host: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${NONCE}'`,
    `connect-src ${host}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    "base-uri 'none'",
  ].join("; ");

const html = (path: string, head: string, body = ""): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Page ${path}</title>
    ${head}
  </head>
  <body>
    <h1>Page ${path}</h1>
    <form action="${AWAY}"><input name="email" type="email" /><button>Sign up</button></form>
    ${body}
  </body>
</html>`;
