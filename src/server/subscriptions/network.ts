import { isIP } from "node:net";

/** What limits count by: /24 of IPv4, /64 of IPv6, which is one household or office (`203.0.113.0/24`). */
export const countedNetwork = (address: string | undefined): string | undefined => networkOf(address, 64);

/** What a proof keeps of an address: /24 of IPv4, /48 of IPv6 (`2001:db8:1::/48`). */
export const keptNetwork = (address: string | undefined): string | undefined => networkOf(address, 48);

function networkOf(address: string | undefined, bits: 48 | 64): string | undefined {
  if (address === undefined) return undefined;
  const plain = address.replace(/%.*$/, "");
  const inner = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain;
  if (isIP(inner) === 4) return `${inner.split(".").slice(0, 3).join(".")}.0/24`;
  if (isIP(inner) !== 6) return undefined;
  return `${firstGroups(inner, bits / 16).join(":")}::/${bits}`;
}

function firstGroups(address: string, count: number): string[] {
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: gap }, () => "0"), ...right];
  return groups.slice(0, count).map((group) => group.replace(/^0+(?=.)/, "").toLowerCase());
}
