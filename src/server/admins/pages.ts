import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { NOBODY_MARK } from "../../contract/wire.ts";
import { problem } from "../http/problem.ts";
import type { SessionCookie } from "./cookie.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Nothing inline, nothing from elsewhere, in nobody's frame; text can become markup by no road. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzip: Buffer;
}

interface PageDeps {
  readonly adminDir: string;
  readonly cookie: Pick<SessionCookie, "read">;
}

/**
 * Serves the built admin from memory: `index.html` for every address below /admin, since the pages find their own
 * way, and the hashed files beside it. A file that was not there at the start is not served.
 */
export function adminPages(app: FastifyInstance, { adminDir, cookie }: PageDeps): void {
  const { index, assets } = readBuild(adminDir);
  const forNobody = index?.replace('<div id="app">', `<div id="app" ${NOBODY_MARK}>`);
  function pageFor(request: FastifyRequest): string {
    const page = cookie.read(request) === undefined ? forNobody : index;
    if (page === undefined) throw problem(503, "not_built", "The admin is not built. Run `npm run build` first.");
    return page;
  }
  app.register(async (scope) => {
    scope.addHook("onRequest", async (_request, reply) => {
      reply.headers({
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-store",
      });
    });
    scope.get("/admin", async (request, reply) => reply.type("text/html; charset=utf-8").send(pageFor(request)));
    scope.get<{ Params: { "*": string } }>("/admin/*", async (request, reply) => {
      const name = request.params["*"];
      const asset = assets.get(name);
      if (asset !== undefined) {
        // The name changes with the content.
        reply.headers({ "cache-control": "public, max-age=31536000, immutable", vary: "accept-encoding" });
        reply.type(asset.type);
        const takesGzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
        return takesGzip ? reply.header("content-encoding", "gzip").send(asset.gzip) : reply.send(asset.bytes);
      }
      if (index !== undefined && extname(name) in TYPES)
        throw problem(404, "not_found", "There is no such file. Reload the page.");
      return reply.type("text/html; charset=utf-8").send(pageFor(request));
    });
  });
}

function readBuild(adminDir: string): { index: string | undefined; assets: ReadonlyMap<string, Asset> } {
  const assets = new Map<string, Asset>();
  let index: string | undefined;
  for (const name of listBuild(adminDir)) {
    const type = TYPES[extname(name)];
    if (name !== "index.html" && type === undefined) continue;
    const bytes = readFileSync(join(adminDir, name));
    if (type === undefined) index = bytes.toString();
    else assets.set(name, { type, bytes, gzip: gzipSync(bytes, { level: 9 }) });
  }
  return { index, assets };
}

function listBuild(adminDir: string): string[] {
  try {
    return readdirSync(adminDir);
  } catch {
    // Not built: the API works all the same, and the pages say so.
    return [];
  }
}
