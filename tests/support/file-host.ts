import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

export interface FileHost {
  readonly port: number;
  /** Everything that was asked for. */
  readonly hits: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** A link to a file with this text, or to whatever the function answers. */
  offer(file: string | Uint8Array | ((response: ServerResponse) => void)): string;
}

/** A server that others fetch files from, on this machine. */
export async function fileHost(): Promise<FileHost> {
  const files: ((response: ServerResponse) => void)[] = [];
  const hits: FileHost["hits"] = [];
  const server = createServer((request, response) => {
    const { url: path = "", headers } = request;
    hits.push({ path, headers });
    const answer = files[Number(path.slice(1))];
    if (answer === undefined) response.writeHead(404).end();
    else answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    hits,
    offer(file) {
      files.push(typeof file === "function" ? file : (response) => void response.end(file));
      return `http://127.0.0.1:${port}/${files.length - 1}`;
    },
  };
}
