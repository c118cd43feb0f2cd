import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Batch, Message } from "../../src/contract/messages.ts";

export interface ContactCall {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** Stands in for the server: hands out the real tracker, and writes down what a site's pages and back end say. */
export interface RecordingBackstory {
  readonly url: string;
  readonly contactCalls: ContactCall[];
  /** Status codes of the next answers of the contact API; then 200. */
  readonly answers: number[];
  /** What the pages sent, oldest first, page views apart. */
  pageViews(): Message[];
  pageCalls(): Message[];
  close(): Promise<void>;
}

/** The tracker as the script tag loads it. */
export async function buildTracker(): Promise<string> {
  const entry = fileURLToPath(new URL("../../src/tracker/script.ts", import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "iife", write: false });
  return outputFiles[0]?.text ?? "";
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const address = server.address();
  return `http://localhost:${typeof address === "object" ? address?.port : ""}`;
}

export async function startRecordingBackstory(tracker: string): Promise<RecordingBackstory> {
  const messages = new Map<string, Message>();
  const contactCalls: ContactCall[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      if (request.url === "/backstory.js") {
        response.setHeader("content-type", "text/javascript").end(tracker);
        return;
      }
      let answer: object = {};
      if (request.url === "/v1/messages") {
        const batch: Batch = JSON.parse(text);
        for (const message of batch.messages) messages.set(message.id, message);
        answer = { accepted: batch.messages.length, rejected: [] };
      }
      if (request.url === "/api/v1/contact") {
        contactCalls.push({ headers: request.headers, body: JSON.parse(text) });
        response.statusCode = answers.shift() ?? 200;
        answer = { id: 1 };
      }
      response.setHeader("access-control-allow-origin", "*").end(JSON.stringify(answer));
    });
  });
  const inOrder = () => [...messages.values()].sort((a, b) => a.at - b.at);
  return {
    url: await listen(server),
    contactCalls,
    answers,
    pageViews: () => inOrder().filter(({ type }) => type === "page"),
    pageCalls: () => inOrder().filter(({ type }) => type !== "page"),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
