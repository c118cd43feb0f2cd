import { request as requestPlain, type IncomingMessage } from "node:http";
import { request as requestSecure } from "node:https";
import { isIP } from "node:net";
import { findAddress, type Lookup, type Reach } from "./outside-address.ts";

/** From where files are fetched, and how much of one. */
export interface LinkRules {
  readonly reach: Reach;
  /** `web`: 80 and 443. */
  readonly ports: "web" | "any";
  readonly maxBytes: number;
  /** Milliseconds for all of it, and between two parts. */
  readonly wholeTime: number;
  readonly partTime: number;
  readonly look?: Lookup;
}

export const LINK_RULES: LinkRules = {
  reach: "public",
  ports: "web",
  maxBytes: 1024 ** 3,
  wholeTime: 10 * 60_000,
  partTime: 30_000,
};

/** Why nothing is fetched, in a sentence that repeats neither the link's path nor its password. */
export class LinkRefused extends Error {}

/** A link that may be followed: where it leads was looked up once, and that very machine is connected to. */
interface Destination {
  readonly url: URL;
  readonly address: string;
}

/** Throws {@link LinkRefused}. Once more when the file is fetched: by then the name may lead elsewhere. */
export async function judgeLink(link: string, rules: LinkRules): Promise<Destination> {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new LinkRefused("link has to be an address that begins with http:// or https://.");
  if (rules.ports === "web" && !["", "80", "443"].includes(url.port))
    throw new LinkRefused("link may name no other port than 80 and 443. (link_forbidden)");
  const found = await findAddress(url.hostname, rules.reach, rules.look);
  switch (found.kind) {
    case "found":
      return { url, address: found.address };
    case "unknown":
      throw new LinkRefused(`There is no host ${url.hostname}. (link_unreachable)`);
    case "forbidden":
      throw new LinkRefused(`Nothing is fetched from ${url.hostname}: it is not on the internet. (link_forbidden)`);
  }
}

/** The bytes of the file, as they arrive. Redirects are not followed: each would have to be judged again. */
export async function* openLink(link: string, rules: LinkRules, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const late = AbortSignal.timeout(rules.wholeTime);
  const response = await follow(await judgeLink(link, rules), rules, AbortSignal.any([stop, late]));
  let size = 0;
  try {
    if (response.statusCode !== 200)
      throw new LinkRefused(`The link was answered with status ${response.statusCode ?? 0} instead of a file.`);
    for await (const part of response as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > rules.maxBytes) throw new LinkRefused(`The file has more than ${rules.maxBytes} bytes.`);
      yield part;
    }
    if (!response.complete) throw new LinkRefused("The file broke off in the middle.");
  } catch (error) {
    if (stop.aborted || error instanceof LinkRefused) throw error;
    if (late.aborted) throw new LinkRefused(`The file was not there within ${rules.wholeTime / 1000} seconds.`);
    throw new LinkRefused("The file broke off in the middle.");
  } finally {
    response.destroy();
  }
}

function follow({ url, address }: Destination, { partTime }: LinkRules, signal: AbortSignal): Promise<IncomingMessage> {
  const isSecure = url.protocol === "https:";
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return new Promise((resolve, reject) => {
    const sending = (isSecure ? requestSecure : requestPlain)({
      host: address,
      port: url.port === "" ? (isSecure ? 443 : 80) : Number(url.port),
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, accept: "text/csv, */*", "accept-encoding": "identity", ...login(url) },
      // The certificate is checked against the name that was asked for.
      ...(isSecure && isIP(name) === 0 && { servername: name }),
      agent: false,
      signal,
    });
    sending.setTimeout(partTime, () => sending.destroy(new Error("No part of the file arrived for too long.")));
    sending.on("response", resolve);
    sending.on("error", (error: NodeJS.ErrnoException) =>
      reject(new LinkRefused(`The file could not be fetched from ${url.hostname} (${error.code ?? error.message}).`)),
    );
    sending.end();
  });
}

function login({ username, password }: URL): { authorization?: string } {
  if (username === "" && password === "") return {};
  try {
    const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { authorization: `Basic ${Buffer.from(text).toString("base64")}` };
  } catch {
    throw new LinkRefused("The login in the link is not written as it has to be in an address.");
  }
}
