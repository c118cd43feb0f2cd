import { isIP } from "node:net";
import { reduceUserAgent } from "../http/user-agent.ts";

/** Where a batch came from, cut down to what may be kept: never a full address, never a fingerprint. */
export interface Origin {
  /** /24 of IPv4, /48 of IPv6. */
  readonly address?: string;
  /** Browser with its main version, and system: `Firefox 140, Linux`. */
  readonly userAgent?: string;
}

const REMEMBERED = 5_000;
const truncated = new Map<string, string | undefined>();

/** An address sends many batches: it is taken apart once. */
function remembered(address: string): string | undefined {
  const known = truncated.get(address);
  if (known !== undefined) return known;
  if (truncated.size >= REMEMBERED) truncated.clear();
  const network = truncateAddress(address);
  truncated.set(address, network);
  return network;
}

export function originOf(request: { readonly ip: string; readonly userAgent: string | undefined }): Origin {
  const address = remembered(request.ip);
  const userAgent = reduceUserAgent(request.userAgent);
  return { ...(address === undefined ? {} : { address }), ...(userAgent === undefined ? {} : { userAgent }) };
}

/** `203.0.113.7` → `203.0.113.0/24`, `2001:db8:1:2::3` → `2001:db8:1::/48`. */
export function truncateAddress(address: string): string | undefined {
  const groups = groupsOf(address);
  if (groups === undefined) return undefined;
  return groups.length === 4 ? `${groups.slice(0, 3).join(".")}.0/24` : `${shorten(groups.slice(0, 3))}::/48`;
}

/** The first address of the sender's network, /24 or /64: what limits are counted by. */
export function networkAddress(address: string): string | undefined {
  const groups = groupsOf(address);
  if (groups === undefined) return undefined;
  return groups.length === 4 ? `${groups.slice(0, 3).join(".")}.0` : `${shorten(groups.slice(0, 4))}::`;
}

/** Four decimal groups, or eight hexadecimal ones. */
function groupsOf(address: string): string[] | undefined {
  const plain = address.replace(/%.*$/, "").toLowerCase();
  const inner = /^::ffff:([\d.]+)$/.exec(plain)?.[1] ?? plain;
  if (isIP(inner) === 4) return inner.split(".");
  if (isIP(inner) !== 6) return undefined;
  const [head = "", tail] = inner.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return [...left, ...gap, ...right].map((group) => group.replace(/^0+(?=.)/, ""));
}

function shorten(groups: string[]): string {
  const kept = [...groups];
  while (kept.at(-1) === "0") kept.pop();
  return kept.join(":");
}
