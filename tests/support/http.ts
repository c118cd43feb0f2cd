import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";

export interface Sent {
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: unknown;
  /** An empty one is left away. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  json(): unknown;
}

/** `await call("POST", "/api/v1/contact", { body })` */
export type Call = (method: string, path: string, sent?: Sent) => Promise<Received>;

/** Opens the app on a port of its own. Requests go over the wire, byte for byte what the test says. */
export async function listening(app: FastifyInstance, standing: Readonly<Record<string, string>> = {}): Promise<Call> {
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  return (method, path, { body, headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : bytesOf(body);
      const length = payload === undefined ? {} : { "content-length": String(payload.length) };
      const all = Object.entries({ ...standing, ...length, ...headers }).filter(([, value]) => value !== "");
      const sending = request(
        { host: "127.0.0.1", port, method, path, headers: Object.fromEntries(all) },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              json: (): unknown => JSON.parse(text),
            });
          });
        },
      );
      sending.on("error", reject);
      sending.end(payload);
    });
}

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}
