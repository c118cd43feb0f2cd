import { once } from "node:events";
import { createServer, request, type IncomingMessage, type RequestOptions, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a request on its way. */
export type Fault =
  | { readonly kind: "pass" }
  /** Answered here, as an overloaded server or a gateway would; the server never sees it. */
  | { readonly kind: "answer"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection ends before the request has reached the server. */
  | { readonly kind: "cut" }
  /** The same with a TCP reset, in the middle of the request. */
  | { readonly kind: "reset" }
  /** The server receives it and answers; the answer is lost. */
  | { readonly kind: "dropAnswer" }
  /** Swallowed. The connection stays open for as long as the sender likes. */
  | { readonly kind: "blackHole" }
  | { readonly kind: "delay"; readonly milliseconds: number };

export const PASS: Fault = { kind: "pass" };

/** The server's own "not now": readable by pages of every origin. */
export const unavailable = (retryAfter: number): Fault => ({
  kind: "answer",
  status: 503,
  headers: {
    "retry-after": String(retryAfter),
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Retry-After",
  },
});

export interface PassedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly fault: Fault["kind"];
}

export interface FaultProxy {
  readonly url: string;
  /** Everything that has arrived, oldest first. */
  readonly requests: readonly PassedRequest[];
  /** From now on, until the next call. Paths that `on` does not fit pass. */
  set(fault: Fault, on?: RegExp): void;
  /** No connection is possible any more, and those that there were are gone. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** Stands between browsers and a server, and gets in the way as told. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const requests: PassedRequest[] = [];
  let fault = PASS;
  let affected = /./;

  const server = createServer(async (incoming, outgoing) => {
    const { method = "", url: path = "" } = incoming;
    const current = affected.test(path) ? fault : PASS;
    if (current.kind === "reset") incoming.socket.resetAndDestroy();
    const body = await bodyOf(incoming);
    if (body === undefined) return;
    requests.push({ method, path, body: body.toString(), fault: current.kind });
    await carryOut(current, { incoming, outgoing, body, target });
  });
  // A connection that stays idle must not be closed from here just when the browser uses it again: that is a fault too,
  // and faults happen only when they are ordered.
  server.keepAliveTimeout = 120_000;

  const listen = async (port: number): Promise<number> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    // `listen` on a TCP port; the type also knows pipes.
    return (server.address() as AddressInfo).port;
  };
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };

  const port = await listen(0);
  return {
    url: `http://localhost:${port}`,
    requests,
    set(next, on = /./) {
      fault = next;
      affected = on;
    },
    down: close,
    up: async () => void (await listen(port)),
    close,
  };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly body: Buffer;
  readonly target: string;
}

async function carryOut(fault: Fault, exchange: Exchange): Promise<void> {
  const { incoming, outgoing } = exchange;
  switch (fault.kind) {
    case "answer":
      outgoing.writeHead(fault.status, fault.headers).end();
      return;
    case "cut":
      incoming.socket.destroy();
      return;
    case "dropAnswer":
      await forward(exchange);
      incoming.socket.destroy();
      return;
    case "delay":
      await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
      return relay(exchange);
    case "pass":
      return relay(exchange);
    case "reset":
    case "blackHole":
      return;
  }
}

/** Forwards and hands the answer on. A server that is not there looks like a cut connection. */
async function relay(exchange: Exchange): Promise<void> {
  const answer = await forward(exchange);
  if (answer === undefined) exchange.incoming.socket.destroy();
  else exchange.outgoing.writeHead(answer.status, answer.headers).end(answer.body);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

function forward({ incoming, body, target }: Exchange): Promise<Answer | undefined> {
  const { hostname, port } = new URL(target);
  const options: RequestOptions = { hostname, port, path: incoming.url, method: incoming.method };
  return new Promise((resolve) => {
    const sending = request({ ...options, headers: incoming.headers }, async (response) => {
      const answer = await bodyOf(response);
      const { statusCode: status = 502, headers } = response;
      resolve(answer && { status, headers, body: answer });
    });
    sending.on("error", () => resolve(undefined));
    sending.end(body);
  });
}

/** Undefined: the connection ended first. */
async function bodyOf(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}
