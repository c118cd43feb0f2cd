import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

/** Which machines may be connected to when somebody types an address into the admin. */
export type Reach = "public" | "private-too";

export type FoundAddress =
  | { readonly kind: "found"; readonly address: string }
  | { readonly kind: "unknown" }
  /** It leads to this machine or into its network. `always`: no setting opens it. */
  | { readonly kind: "forbidden"; readonly always: boolean };

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return list;
}

// https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry.
const INSIDE = blockList([
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  // Loopback, and IPv4 as it was once written in IPv6.
  "::/96",
  "fc00::/7",
  "fec0::/10",
]);
/** Metadata services of clouds, neighbours on the wire, nobody, everybody. */
const NEVER = blockList([
  "0.0.0.0/8",
  "169.254.0.0/16",
  // Metadata of Azure; a public address that no one else has.
  "168.63.129.16/32",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  // IPv4 as translators write it in IPv6.
  "::ffff:0:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fd00:ec2::/32",
  "fe80::/10",
  "ff00::/8",
]);

export type Lookup = (host: string) => Promise<readonly { readonly address: string }[]>;

/**
 * Looks a name up once and judges every address it has. The caller connects to the address given here, not to the name:
 * a name may lead elsewhere when it is looked up again.
 */
export async function findAddress(
  host: string,
  reach: Reach,
  look: Lookup = (name) => lookup(name, { all: true }),
): Promise<FoundAddress> {
  let found: readonly { readonly address: string }[];
  try {
    found = await look(host.replace(/^\[(.*)\]$/, "$1"));
  } catch {
    return { kind: "unknown" };
  }
  const [first] = found;
  if (first === undefined) return { kind: "unknown" };
  // One bad address among good ones is enough: which of them is taken is not ours to choose.
  if (found.some(({ address }) => isListed(NEVER, address))) return { kind: "forbidden", always: true };
  if (reach === "public" && found.some(({ address }) => isListed(INSIDE, address)))
    return { kind: "forbidden", always: false };
  return { kind: "found", address: first.address };
}

/** An IPv4 address in the notation of IPv6 is judged as what it is. */
function isListed(list: BlockList, address: string): boolean {
  const plain = address.replace(/%.*$/, "");
  return list.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
}
