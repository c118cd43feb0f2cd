// A load generator that costs little: bare sockets, one request at a time on each, bodies made once and given new ids.
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { settingsOf } from "./child.ts";

export interface LoadSettings {
  readonly port: number;
  readonly siteKey: string;
  readonly connections: number;
  readonly eventsPerRequest: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
  /** Answers that did not take everything, and connections that broke. */
  readonly failures: number;
  /** How many answers of each status came. */
  readonly statuses: readonly (readonly [status: number, count: number])[];
}

const ID = "00000000-0000-7000-8000-000000000000";
const AT = "1111111111111";

const settings = settingsOf<LoadSettings>();
const run = randomBytes(4).toString("hex");
const latencies: number[] = [];
const statuses = new Map<number, number>();
let failures = 0;
let counter = 0;

class Request {
  readonly bytes: Buffer;
  readonly #ids: readonly number[];
  readonly #times: readonly number[];

  constructor(visitor: number) {
    const visitorId = `bench-${run}-${String(visitor).padStart(6, "0")}`;
    const messages = Array.from({ length: settings.eventsPerRequest }, (_, i) => ({
      type: "page",
      id: ID,
      visitorId,
      at: Number(AT),
      url: `https://shop.example/products/${visitor}-${i}?utm_source=letter`,
      title: "A product of the shop",
      referrer: "https://shop.example/products",
      properties: { price: 39.5, currency: "EUR", tags: ["new", "kitchen"] },
    }));
    const context = { library: "backstory/0.1", language: "en-GB", timeZone: "Europe/Kyiv", screen: "1920x1080" };
    const body = JSON.stringify({ site: settings.siteKey, sentAt: Number(AT), context, messages });
    const head =
      `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${settings.port}\r\nContent-Type: text/plain;charset=UTF-8\r\n` +
      `User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36\r\n` +
      `Origin: https://shop.example\r\nAccept: */*\r\nContent-Length: ${body.length}\r\n\r\n`;
    this.bytes = Buffer.from(head + body, "latin1");
    this.#ids = positions(head + body, ID);
    this.#times = positions(head + body, AT);
  }

  renew(): Buffer {
    const now = Date.now();
    const time = now.toString(16).padStart(12, "0");
    const start = `${time.slice(0, 8)}-${time.slice(8)}-7${run.slice(0, 3)}-8${run.slice(3, 6)}-`;
    for (const at of this.#ids) this.bytes.write(start + (counter += 1).toString(16).padStart(12, "0"), at, "latin1");
    const stamp = String(now);
    for (const at of this.#times) this.bytes.write(stamp, at, "latin1");
    return this.bytes;
  }
}

function positions(text: string, wanted: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) found.push(at);
  return found;
}

function open(request: Request, until: number): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port: settings.port, host: "127.0.0.1", noDelay: true });
    let sent = 0;
    let answer = "";
    const next = (): void => {
      if (performance.now() >= until) return void socket.end();
      sent = performance.now();
      socket.write(request.renew());
    };
    socket.on("connect", next);
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
      const head = answer.indexOf("\r\n\r\n");
      const length = /content-length: (\d+)/i.exec(answer)?.[1];
      if (head < 0 || length === undefined || answer.length < head + 4 + Number(length)) return;
      const status = Number(answer.slice(9, 12));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 200 && answer.includes(`"accepted":${settings.eventsPerRequest},`))
        latencies.push(performance.now() - sent);
      else failures += 1;
      answer = "";
      next();
    });
    socket.on("error", () => (failures += 1));
    socket.on("close", () => resolve());
  });
}

process.send?.("ready");
const requests = Array.from({ length: settings.connections }, (_, i) => new Request(i));
const started = performance.now();
const until = started + settings.seconds * 1_000;
await Promise.all(requests.map((request) => open(request, until)));
const seconds = (performance.now() - started) / 1_000;
latencies.sort((a, b) => a - b);
const quantile = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? NaN;
process.send?.({
  requestsPerSecond: latencies.length / seconds,
  p50: quantile(0.5),
  p99: quantile(0.99),
  requests: latencies.length,
  failures,
  statuses: [...statuses],
} satisfies LoadResult);
process.disconnect?.();
