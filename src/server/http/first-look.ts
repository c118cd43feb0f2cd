import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";

export type Take = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Lets `take` have the requests of one method and path without the way through Fastify, which costs more than all that is
 * done with a small batch (bench/README.md). Call it once the route is mounted as well: requests that do not come over
 * a socket, and those to further addresses of `localhost`, still arrive there.
 */
export function lookFirst(app: FastifyInstance, { method, path }: { method: string; path: string }, take: Take): void {
  const others = app.server.listeners("request") as Take[];
  app.server.removeAllListeners("request");
  app.server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === method && request.url === path) take(request, response);
    else for (const listener of others) listener.call(app.server, request, response);
  });
}
