import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import type { Scope } from "../db/api-keys.ts";
import type { Database } from "../db/database.ts";
import type { StoredAnswer } from "../db/idempotency-keys.ts";
import type { Clock } from "../lib/clock.ts";
import { keyOf, requireScope, type Keys } from "./auth.ts";
import { isDryRun } from "./dry-run.ts";
import { onceEach, type Keep } from "./idempotency.ts";
import { answerProblemsPlainly, problem } from "./problem.ts";
import { refuseUnreadableAddress } from "./readable-address.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { JsonRefused, parseStrictJson } from "./strict-json.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof METHODS)[number];

export const KIB = 1024;
export const MIB = 1024 * KIB;

export interface Endpoint {
  /** What the secret key has to be allowed. */
  readonly scope: Scope | "any";
  /** Bytes of the body; 1 MiB unless told. */
  readonly bodyLimit?: number;
  /** Requests of one key that are let through. */
  readonly limiter?: RateLimiter;
  /** What a request over the rate is told: apps drop whatever is refused with 4xx. */
  readonly overRate?: 429 | 503;
  readonly answer: (request: FastifyRequest, keep: Keep) => Promise<Answer>;
  /** What the call would do. Absent: a call that asks for it is refused, rather than carried out. */
  readonly forecast?: (request: FastifyRequest) => Promise<Answer>;
}

/** What goes back. */
export interface Answer extends StoredAnswer {
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the addresses of one API share. */
export interface Api {
  readonly scope: FastifyInstance;
  readonly db: Database;
  readonly clock: Clock;
  readonly keys: Keys;
}

/** What every address of the contact API has in common; refusals are one sentence of plain text. */
export function speakCompatibly(scope: FastifyInstance): void {
  takeJson(scope);
  answerProblemsPlainly(scope);
}

/** JSON whatever its label, from clients that leave the type away. */
export function takeJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "buffer" }, async (request: FastifyRequest, body: Buffer) =>
    readBody(request, body),
  );
}

/** One address with all its methods. A trailing slash means the same address; another method is a 405. */
export function resource(api: Api, path: string, endpoints: Partial<Record<Method, Endpoint>>): void {
  const allowed = METHODS.filter((method) => endpoints[method] !== undefined);
  const { scope, keys } = api;
  for (const url of spellings(scope, path)) {
    for (const method of METHODS) {
      const endpoint = endpoints[method];
      if (endpoint === undefined) refuseMethod(scope, { method, url, allowed });
      else
        scope.route({
          method,
          url,
          bodyLimit: endpoint.bodyLimit ?? MIB,
          onRequest: [
            requireScope(keys, endpoint.scope),
            ...limited(endpoint),
            async (request) => refuseUnreadableAddress(request),
          ],
          handler: (request, reply) =>
            send(
              reply,
              method !== "GET" && isDryRun(request)
                ? forecast(endpoint, request)
                : onceEach(api, request, (keep) => endpoint.answer(request, keep)),
            ),
        });
    }
  }
}

/** With and without a slash at the end, unless the router sees no difference anyway. */
function spellings(scope: FastifyInstance, path: string): string[] {
  const { ignoreTrailingSlash, routerOptions } = scope.initialConfig;
  return ignoreTrailingSlash === true || routerOptions?.ignoreTrailingSlash === true ? [path] : [path, `${path}/`];
}

function refuseMethod(
  scope: FastifyInstance,
  { method, url, allowed }: { readonly method: Method; readonly url: string; readonly allowed: readonly Method[] },
): void {
  const headers = { allow: allowed.join(", ") };
  scope.route({
    method,
    url,
    onRequest: async () => {
      throw problem(405, "method_not_allowed", `This address does not take ${method}.`, { headers });
    },
    handler: async () => undefined,
  });
}

async function forecast(endpoint: Endpoint, request: FastifyRequest): Promise<Answer> {
  if (endpoint.forecast === undefined) throw problem(400, "invalid", "This call has no dry run; nothing was done.");
  return endpoint.forecast(request);
}

function limited({ limiter, overRate = 429 }: Endpoint): onRequestAsyncHookHandler[] {
  if (limiter === undefined) return [];
  return [
    async (request) => {
      const retryAfter = limiter.take(keyOf(request).keyId);
      if (retryAfter > 0)
        throw problem(overRate, "too_many_requests", "Too many requests with this key. Please slow down.", {
          retryAfter,
        });
    },
  ];
}

function readBody(request: FastifyRequest, body: Buffer): unknown {
  // Plug-ins send an empty list along with GET and DELETE.
  if (request.method === "GET" || request.method === "DELETE" || body.length === 0) return undefined;
  if (!isJson(request.headers["content-type"]))
    throw problem(415, "unsupported_media_type", "The body has to be JSON in UTF-8 (Content-Type: application/json).");
  try {
    return parseStrictJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    const sentence = error instanceof JsonRefused ? error.message : "The body is not valid UTF-8.";
    throw problem(400, "invalid_json", sentence);
  }
}

/** A missing type is taken as JSON. */
function isJson(type: string | undefined): boolean {
  if (type === undefined || type.trim() === "") return true;
  const [media = "", ...parameters] = type
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.slice("charset=".length);
  return media === "application/json" && ["utf-8", "utf8", '"utf-8"', undefined].includes(charset);
}

async function send(reply: FastifyReply, answering: Promise<Answer>): Promise<FastifyReply> {
  const { status, contentType, body, headers = {} } = await answering;
  return reply.code(status).headers(headers).header("content-type", contentType).send(body);
}

export function json(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, contentType: "application/json;charset=UTF-8", body: JSON.stringify(value), headers };
}

/** Plain text. */
export function sentence(text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, contentType: "text/plain;charset=UTF-8", body: text, headers };
}
