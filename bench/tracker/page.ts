import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Peer } from "./peers.ts";

export interface Shop {
  pageOf(peer: Peer | undefined): { readonly page: string; readonly script: string };
  close(): Promise<void>;
}

/** Between the load of a page and the identify. */
export const SETTLING = 700;

/** A page for each tracker, and one without any. */
export async function startShop(peers: readonly Peer[]): Promise<Shop> {
  const server = createServer((request, response) => {
    const [, kind, number = ""] = (request.url ?? "").split("/");
    const peer = peers[parseInt(number)];
    response.setHeader("content-type", `${kind === "script" ? "text/javascript" : "text/html"}; charset=utf-8`);
    response.end(kind === "script" ? peer?.script : html(peer, number));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // `listen` on a TCP port; the type also knows pipes.
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    pageOf(peer) {
      const number = peer === undefined ? -1 : peers.indexOf(peer);
      return { page: `${url}/page/${number}`, script: `${url}/script/${number}.js` };
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function html(peer: Peer | undefined, number: string): string {
  const { stub = "", attributes = "", start = "", identify = "" } = peer ?? {};
  const tag = peer && `<script async src="/script/${number}.js" ${attributes} onload="start()"></script>`;
  return `<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <link rel="icon" href="data:,">
        <title>A page</title>
        <script>
          ${stub};
          const start = () => { ${start} };
          addEventListener("load", () => setTimeout(() => { ${identify} }, ${SETTLING}));
        </script>
        ${tag ?? ""}
      </head>
      <body><h1>A page</h1></body>
    </html>`;
}
