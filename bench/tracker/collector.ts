import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Upload {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** Of the request line, the headers and the body. */
  readonly bytes: number;
}

export interface Collector {
  readonly url: string;
  /** Everything that trackers have sent. */
  readonly uploads: Upload[];
  close(): Promise<void>;
}

/** Accepts whatever any tracker sends, on an origin that is not the page's. */
export async function startCollector(): Promise<Collector> {
  const uploads: Upload[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { method = "", url: path = "", headers } = request;
    uploads.push({ method, path, body, bytes: head(request) + body.length });
    response.setHeader("access-control-allow-origin", headers.origin ?? "*");
    response.setHeader("access-control-allow-credentials", "true");
    response.setHeader("access-control-allow-headers", headers["access-control-request-headers"] ?? "*");
    response.setHeader("access-control-allow-methods", "GET, POST, PUT");
    response.setHeader("access-control-max-age", "600");
    const script = path.endsWith(".js");
    response.setHeader("content-type", script ? "text/javascript" : "application/json");
    response.end(script ? POSTHOG_CONFIG : JSON.stringify(answer(path, headers.host ?? "")));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    // `listen` on a TCP port; the type also knows pipes.
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    uploads,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

const POSTHOG_CONFIG = "(window._POSTHOG_REMOTE_CONFIG ??= {}).shop = { config: { token: 'shop' }, siteApps: [] }";

/** Ours and those that ask for settings first get what they wait for. */
function answer(path: string, host: string): object {
  if (path === "/v1/messages") return { accepted: 1, rejected: [] };
  if (path.includes("/settings"))
    return { integrations: { "Segment.io": { apiKey: "shop", apiHost: `${host}/v1`, protocol: "http" } } };
  return { code: 200, status: 1, supportedCompression: [], featureFlags: {}, deviceId: "d", sessionId: "s" };
}

async function text(request: IncomingMessage): Promise<string> {
  let body = "";
  request.setEncoding("latin1");
  for await (const chunk of request) body += String(chunk);
  return body;
}

function head({ method = "", url = "", rawHeaders }: IncomingMessage): number {
  const headers = rawHeaders.reduce((sum, word) => sum + word.length + 2, 0);
  return `${method} ${url} HTTP/1.1\r\n\r\n`.length + headers;
}
