// A back end with CONNECTIONS kept-alive connections, each with one request at a time.
import { Agent, request } from "node:http";
import { settingsOf } from "./child.ts";

const { port, secret, connections, seconds, people, path } = settingsOf<{
  port: number;
  secret: string;
  connections: number;
  seconds: number;
  people: number;
  /** Absent: upserts. */
  path?: string;
}>();

const agent = new Agent({ keepAlive: true, maxSockets: connections });
const authorization = `Basic ${Buffer.from(`:${secret}`).toString("base64")}`;
const statuses = new Map<number, number>();
const times: number[] = [];

function person(): string {
  const n = Math.floor(Math.random() * people);
  return JSON.stringify({
    externalCustomerId: `customer-${n}`,
    firstName: `Name ${Math.floor(Math.random() * 3)}`,
    channels: [
      { type: "email", value: `customer-${n}@shop.example` },
      { type: "sms", value: `38050${String(1_000_000 + n)}` },
    ],
    ...(Math.random() < 0.2 && { visitorId: `visitor-of-customer-${n}` }),
  });
}

function call(): Promise<void> {
  const body = path === undefined ? person() : undefined;
  const headers = {
    authorization,
    ...(body !== undefined && {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
    }),
  };
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const sending = request(
      {
        agent,
        port,
        host: "127.0.0.1",
        method: body === undefined ? "GET" : "POST",
        path: path ?? "/api/v1/contact",
        headers,
      },
      (response) => {
        response.resume().on("end", () => {
          times.push(performance.now() - started);
          statuses.set(response.statusCode ?? 0, (statuses.get(response.statusCode ?? 0) ?? 0) + 1);
          resolve();
        });
      },
    );
    sending.on("error", reject);
    sending.end(body);
  });
}

process.send?.("ready");
const until = performance.now() + seconds * 1_000;
await Promise.all(
  Array.from({ length: connections }, async () => {
    while (performance.now() < until) await call();
  }),
);
agent.destroy();
// Gone only when the message has left: it is long.
process.send?.({ statuses: [...statuses], times }, () => process.disconnect());
