import type { Config } from "../../server/config.ts";
import { reasonOf, type Finding } from "./finding.ts";

const PATIENCE = 10_000;

/** Whether browsers get what the tag asks for, at the address that they are told. */
export async function lookAtAddress({ publicUrl, port }: Config): Promise<Finding[]> {
  const address = publicUrl ?? `http://localhost:${port}`;
  const findings: Finding[] = [nature(address, publicUrl)];
  const server = await ask(`${address}/readyz`);
  if (server.kind === "silent")
    return [
      ...findings,
      {
        name: "public address",
        state: "fail",
        says: `${address} does not answer: ${server.why}`,
        advice:
          "Is the server running, and does its reverse proxy pass requests on? PUBLIC_URL has to be what browsers use.",
      },
    ];
  return [...findings, judgeReadiness(address, server), await lookAtTracker(address)];
}

function nature(address: string, publicUrl: string | undefined): Finding {
  const name = "address";
  const { protocol, hostname } = new URL(address);
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (publicUrl === undefined)
    return {
      name,
      state: "warn",
      says: `PUBLIC_URL is not set, so links in mail lead to ${address}`,
      advice: "Set PUBLIC_URL to the address that browsers use, before the tag is pasted anywhere.",
    };
  return protocol === "https:" || isLocal
    ? { name, state: "ok", says: `Browsers use ${address}` }
    : {
        name,
        state: "warn",
        says: `Browsers use ${address}, without encryption`,
        advice: "Put a reverse proxy with TLS in front: pages on https refuse scripts from http.",
      };
}

type Heard =
  | { readonly kind: "answer"; readonly status: number; readonly type: string; readonly body: string }
  | { readonly kind: "silent"; readonly why: string };

async function ask(url: string): Promise<Heard> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), redirect: "manual" });
    const body = await answer.text();
    return { kind: "answer", status: answer.status, type: answer.headers.get("content-type") ?? "", body };
  } catch (error) {
    return { kind: "silent", why: reasonOf(error) };
  }
}

function judgeReadiness(address: string, { status, body }: Extract<Heard, { kind: "answer" }>): Finding {
  const name = "public address";
  if (status === 200 && body.includes('"ready"')) return { name, state: "ok", says: `${address} answers and is ready` };
  if (body.includes('"not ready"'))
    return {
      name,
      state: "fail",
      says: "The server runs, but is not ready",
      advice: "Its log says what it waits for.",
    };
  return {
    name,
    state: "fail",
    says: `${address} is answered by something else (status ${status})`,
    advice: "Another program has the port, or the proxy leads elsewhere. Check PUBLIC_URL and PORT.",
  };
}

async function lookAtTracker(address: string): Promise<Finding> {
  const name = "tracker";
  const heard = await ask(`${address}/backstory.js`);
  if (heard.kind === "answer" && heard.status === 200 && /javascript/.test(heard.type))
    return { name, state: "ok", says: `Browsers get ${address}/backstory.js (${heard.body.length} bytes)` };
  const why = heard.kind === "silent" ? heard.why : `status ${heard.status}, type "${heard.type}"`;
  return {
    name,
    state: "fail",
    says: `Browsers do not get ${address}/backstory.js: ${why}`,
    advice: "Let the proxy pass /backstory.js and /v1/messages on unchanged.",
  };
}
