import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { removeProfile } from "../../support/browser.ts";

// Playwright drives only a Firefox of its own. A stock one speaks WebDriver BiDi (https://w3c.github.io/webdriver-bidi/).

/** Undefined: there is none. */
export const firefoxPath = (): string | undefined =>
  process.env["FIREFOX_PATH"] ?? ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find((path) => existsSync(path));

export interface Firefox {
  /** Errors and warnings of pages, and what nobody has caught. */
  readonly complaints: readonly string[];
  /** Loads an address in the one tab there is. */
  open(url: string): Promise<void>;
  /** Runs an expression in the page; its text. */
  evaluate(expression: string): Promise<string>;
  close(): Promise<void>;
}

type Fields = Readonly<Record<string, unknown>>;
interface Incoming {
  readonly id?: number;
  readonly method?: string;
  readonly message?: string;
  readonly result?: Fields;
  readonly params?: { readonly level?: string; readonly text?: string };
}

export async function openFirefox(program: string): Promise<Firefox> {
  const profile = await mkdtemp(join(tmpdir(), "backstory-firefox-"));
  const args = ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile, "about:blank"];
  const browser = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(browser, "exit");
  const address = new Promise<string>((resolve, reject) => {
    let printed = "";
    browser.stderr.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const [, url] = /WebDriver BiDi listening on (ws:\S+)/.exec(printed) ?? [];
      if (url !== undefined) resolve(`${url}/session`);
    });
    void ended.then(() => reject(new Error(`Firefox ended at once:\n${printed}`)));
  });

  const socket = new WebSocket(await address);
  await once(socket, "open");
  const complaints: string[] = [];
  const waiting = new Map<number, (answer: Incoming) => void>();
  socket.on("message", (data: Buffer) => {
    const incoming: Incoming = JSON.parse(data.toString());
    const { id, method, params } = incoming;
    if (id !== undefined) waiting.get(id)?.(incoming);
    if (method === "log.entryAdded" && /error|warn/.test(params?.level ?? "")) complaints.push(params?.text ?? "");
  });

  let sent = 0;
  const command = async (method: string, params: Fields): Promise<Fields> => {
    const id = ++sent;
    const answer = await new Promise<Incoming>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
    if (answer.result === undefined) throw new Error(`${method}: ${answer.message}`);
    return answer.result;
  };

  await command("session.new", { capabilities: {} });
  await command("session.subscribe", { events: ["log.entryAdded"] });
  const { context } = await command("browsingContext.create", { type: "tab" });
  return {
    complaints,
    async open(url) {
      await command("browsingContext.navigate", { context, url, wait: "complete" });
    },
    async evaluate(expression) {
      const target = { context };
      const told = await command("script.evaluate", {
        expression: `String(${expression})`,
        target,
        awaitPromise: true,
      });
      const { value } = (told["result"] ?? {}) as { readonly value?: string };
      return value ?? "";
    },
    async close() {
      socket.terminate();
      browser.kill();
      await ended;
      await removeProfile(profile);
    },
  };
}
