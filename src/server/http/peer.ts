import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import proxyAddr from "@fastify/proxy-addr";

/** Who is at the other end of a request, as far as configured proxies are believed about it. */
export interface Peer {
  readonly ip: string;
  /** `http` or `https`, as the browser sees it. */
  readonly protocol: string;
  /** Host and port, as the browser sees them. */
  readonly host: string;
}

/** Finds out the same as Fastify's `request.ip`, `protocol` and `host`, for requests that it never sees. */
export function peerFinder(trustProxy: readonly string[]): (request: IncomingMessage) => Peer {
  if (trustProxy.length === 0) return nearest;
  const isProxy = proxyAddr.compile([...trustProxy]);
  return (request) => {
    const near = nearest(request);
    if (!isProxy(near.ip, 0)) return near;
    return {
      ip: proxyAddr(request, isProxy),
      protocol: lastOf(request.headers["x-forwarded-proto"]) ?? near.protocol,
      host: lastOf(request.headers["x-forwarded-host"]) ?? near.host,
    };
  };
}

function nearest({ socket, headers }: IncomingMessage): Peer {
  return {
    // None: the connection has ended meanwhile.
    ip: socket?.remoteAddress ?? "",
    protocol: socket instanceof TLSSocket ? "https" : "http",
    host: headers.host ?? "",
  };
}

/** Of several values the one that the proxy nearest to us wrote. */
function lastOf(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(",").at(-1)?.trim();
}
