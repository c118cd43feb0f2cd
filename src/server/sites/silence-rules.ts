import type { Instant } from "../../contract/identifiers.ts";
import type { Sighting } from "./sightings.ts";
import type { Site } from "./site.ts";

/** What this server saw that may be why a site is silent, most telling first. */
export type SilenceCause =
  /** A page of this origin used the site's key, and is not among the allowed ones. */
  | Seen<"blockedOrigin">
  /** A page used a key that no site has. */
  | (Seen<"wrongKey"> & { readonly siteKey: string })
  /** Requests that could not be read, or were too many; `code` says why. */
  | (Seen<"refused"> & { readonly code: string })
  /** Messages came, and none could be taken. */
  | { readonly kind: "rejected"; readonly code: string; readonly times: number; readonly lastAt: Instant }
  /** The script was fetched, so the tag is there; but nothing was sent. */
  | Seen<"onlyScript">
  /** Not even the script was fetched. */
  | { readonly kind: "nothing" };

interface Seen<Kind extends string> {
  readonly kind: Kind;
  /** Empty: not told. */
  readonly origin: string;
  readonly times: number;
  readonly lastAt: Instant;
}

export interface RejectedCount {
  readonly code: string;
  readonly times: number;
  readonly lastAt: Instant;
}

const SHOWN = 5;

export function planSilence(
  site: Pick<Site, "siteKey" | "url" | "allowedOrigins">,
  seen: { readonly sightings: readonly Sighting[]; readonly rejected: readonly RejectedCount[] },
): SilenceCause[] {
  const { sightings, rejected } = seen;
  const own = ownOrigins(site);
  // Without an address of its own, any page may be this site's; a page that does not say where it is, too.
  const mayBeOurs = ({ origin }: Sighting) => own.size === 0 || origin === "" || own.has(origin);
  const causes: SilenceCause[] = [
    ...sightings
      .filter(({ code, siteKey }) => code === "origin_not_allowed" && siteKey === site.siteKey)
      // It may have been allowed since.
      .filter(({ origin }) => !site.allowedOrigins.includes(origin))
      .map((sighting) => ({ kind: "blockedOrigin" as const, ...place(sighting) })),
    ...sightings
      .filter((sighting) => sighting.code === "unknown_site" && mayBeOurs(sighting))
      .map((sighting) => ({ kind: "wrongKey" as const, ...place(sighting), siteKey: sighting.siteKey })),
    ...rejected.map((count) => ({ kind: "rejected" as const, ...count })),
    ...sightings
      .filter((sighting) => !ELSEWHERE.has(sighting.code))
      .filter((sighting) => sighting.siteKey === site.siteKey || (sighting.siteKey === "" && mayBeOurs(sighting)))
      .map((sighting) => ({ kind: "refused" as const, ...place(sighting), code: sighting.code })),
  ];
  if (causes.length > 0) return causes.slice(0, SHOWN);
  const scripts = sightings.filter((sighting) => sighting.code === "script" && mayBeOurs(sighting));
  if (scripts.length === 0) return [{ kind: "nothing" }];
  return scripts.slice(0, SHOWN).map((sighting) => ({ kind: "onlyScript", ...place(sighting) }));
}

const ELSEWHERE = new Set(["script", "unknown_site", "origin_not_allowed"]);

const place = ({ origin, times, lastAt }: Sighting) => ({ origin, times, lastAt });

function ownOrigins({ url, allowedOrigins }: Pick<Site, "url" | "allowedOrigins">): ReadonlySet<string> {
  const own = url !== null && URL.canParse(url) ? [new URL(url).origin] : [];
  return new Set([...own, ...allowedOrigins]);
}
