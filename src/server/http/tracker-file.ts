import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { problem } from "./problem.ts";

/** For what changes with each version under the same name. */
const SHORTLY = "public, max-age=300, stale-while-revalidate=86400";

export interface TrackerFile {
  /** `/backstory-<hash>.js`, as the build names it: changes with the content, so it may be kept for ever. */
  readonly hashedPath: string;
  /** Value of the `integrity` attribute that goes with the hashed path. */
  readonly integrity: string;
}

interface Loaded extends TrackerFile {
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
}

/** Undefined: not built. */
export function readTrackerFile(distDir: string, name = "backstory.js"): Loaded | undefined {
  const file = join(distDir, name);
  if (!existsSync(file)) return undefined;
  const plain = readFileSync(file);
  const hash = createHash("sha256").update(plain).digest("hex").slice(0, 16);
  return {
    hashedPath: `/backstory-${hash}.js`,
    integrity: `sha384-${createHash("sha384").update(plain).digest("base64")}`,
    etag: hash,
    plain,
    gzip: gzipSync(plain, { level: 9 }),
    brotli: brotliCompressSync(plain),
  };
}

/** `GET /backstory.js`, which changes with each version, and the same under its hashed name. From memory, for any page. */
export function trackerFile(
  app: FastifyInstance,
  { distDir, fetched }: { readonly distDir: string; readonly fetched: (by: FetchingPage) => void },
): TrackerFile | undefined {
  const file = readTrackerFile(distDir);
  app.get("/backstory.js", (request, reply) => {
    fetched(pageOf(request));
    if (file === undefined) throw problem(503, "not_built", "The tracker is not built. Run `npm run build` first.");
    return send({ request, reply, file }, SHORTLY);
  });
  if (file === undefined) return undefined;
  app.get(file.hashedPath, (request, reply) => {
    fetched(pageOf(request));
    return send({ request, reply, file }, "public, max-age=31536000, immutable");
  });
  return file;
}

/** The page that a script is fetched for, as far as its browser says. */
export interface FetchingPage {
  readonly origin: string | undefined;
  /** Tags of tag managers carry the key in the address. */
  readonly siteKey: string | undefined;
}

function pageOf({ headers: { referer }, query }: FastifyRequest): FetchingPage {
  const { site } = query as { readonly site?: unknown };
  return { origin: referer, siteKey: typeof site === "string" ? site : undefined };
}

interface KnownSites {
  findSiteByKey(siteKey: string): Promise<object | undefined>;
}

/** `GET /scripts/{siteKey}.js`: the tracker for pages with another system's tag. It knows its site by its own address. */
export function compatibleTracker(
  app: FastifyInstance,
  { distDir, sites }: { readonly distDir: string; readonly sites: KnownSites },
): void {
  const file = readTrackerFile(distDir, "web-compatibility.js");
  app.get<{ Params: { file: string } }>("/scripts/:file", async (request, reply) => {
    const siteKey = /^(.+)\.js$/.exec(request.params.file)?.[1];
    if (siteKey === undefined || (await sites.findSiteByKey(siteKey)) === undefined)
      throw problem(404, "unknown_site", "There is no site with this key; compare it with the one in the admin.");
    if (file === undefined) throw problem(503, "not_built", "The tracker is not built. Run `npm run build` first.");
    return send({ request, reply, file }, SHORTLY);
  });
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly file: Loaded;
}

function send({ request, reply, file }: Exchange, cacheControl: string): FastifyReply {
  const { encoding, bytes } = encodingFor(request.headers["accept-encoding"], file);
  // A tag for each form of the bytes (RFC 9110, 8.8.3).
  const etag = `"${file.etag}${encoding === undefined ? "" : `-${encoding}`}"`;
  void reply.headers({
    "cache-control": cacheControl,
    etag,
    vary: "accept-encoding",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
  });
  if (request.headers["if-none-match"]?.split(/\s*,\s*/).includes(etag)) return reply.code(304).send();
  if (encoding !== undefined) void reply.header("content-encoding", encoding);
  return reply.type("text/javascript; charset=utf-8").send(bytes);
}

function encodingFor(header: string | string[] | undefined, file: Loaded) {
  const accepted = String(header ?? "");
  const takes = (name: string) => new RegExp(`(^|[ ,])${name}(?! *; *q=0(\\.0*)? *(,|$))`, "i").test(accepted);
  if (takes("br")) return { encoding: "br", bytes: file.brotli };
  if (takes("gzip")) return { encoding: "gzip", bytes: file.gzip };
  return { encoding: undefined, bytes: file.plain };
}
