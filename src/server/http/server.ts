import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import { refuseByHead } from "./odd-head.ts";
import { answerProblems, problem, sendProblem, told } from "./problem.ts";

export interface ServerOptions {
  readonly log: FastifyBaseLogger;
  /** Whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[];
  /** Addresses are https: browsers are told to stay with it. */
  readonly isHttps: boolean;
}

/** A server without a route: limits against slow and odd clients, headers that every answer has, errors in words. */
export function createServer({ log, trustProxy, isHttps }: ServerOptions): FastifyInstance {
  const headers = standingHeaders({ isHttps });
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: trustProxy.length === 0 ? false : [...trustProxy],
    bodyLimit: 512 * 1024,
    // Node keeps a slow client for minutes; there may be many, and one good client must not wait for them.
    requestTimeout: 10_000,
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16 * 1024 },
    // Longer than the pause of common proxies (60 s), or they would use a connection that is just being closed.
    keepAliveTimeout: 65_000,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    routerOptions: { maxParamLength: 2_000 },
    clientErrorHandler: answerUnreadable,
    // An address that cannot be decoded reaches no hook.
    frameworkErrors: (error, request, reply) => {
      void reply.headers({ "x-request-id": request.id, ...headers });
      sendProblem(reply, told(error, request));
    },
  });
  app.server.maxConnections = 10_000;
  app.addHook("onRequest", (request, reply, done) => {
    void reply.headers({ "x-request-id": request.id, ...headers });
    done(refuseByHead(request.raw));
  });
  refuseEncodings(app);
  if (trustProxy.length === 0) warnOfUnknownProxy(app);
  answerProblems(app);
  return app;
}

/** What every answer says besides its number. */
export function standingHeaders({ isHttps }: { readonly isHttps: boolean }): Readonly<Record<string, string>> {
  return {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    // Answers may be about people: what may be cached says so itself.
    "cache-control": "no-store",
    ...(isHttps ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
}

/** Only the tracker's address unpacks anything, and reads its bodies itself. */
function refuseEncodings(app: FastifyInstance): void {
  app.addHook("preParsing", async (request, _reply, body) => {
    const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "";
    if (encoding !== "" && encoding !== "identity")
      throw problem(415, "unsupported_encoding", "The body has to come as it is, without a content encoding.");
    return body;
  });
}

/** Behind a proxy that is not configured all visitors share one address, and one limit. Said once. */
function warnOfUnknownProxy(app: FastifyInstance): void {
  let said = false;
  app.addHook("onRequest", (request, _reply, done) => {
    if (!said && request.headers["x-forwarded-for"] !== undefined) {
      said = true;
      const from = request.socket.remoteAddress;
      app.log.warn({ from }, "A request says it was forwarded, but TRUST_PROXY does not name its proxy");
    }
    done();
  });
}

/** What Node could not read as HTTP never becomes a request. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const [status, detail] = unreadable(error.code);
  const title = STATUS_CODES[status] ?? "Error";
  const body = JSON.stringify({ type: "about:blank", title, status, detail, code: "unreadable_request" });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function unreadable(code: string | undefined): [status: number, detail: string] {
  if (code === "HPE_HEADER_OVERFLOW") return [431, "The headers are larger than 16 KB."];
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [408, "The request took too long to arrive."];
  return [400, "This is not a request in HTTP/1.1 that can be read."];
}
