import type { SiteChange } from "./site.ts";

/** One field that cannot be taken, and why. */
export interface SiteFault {
  readonly field: "name" | "url" | "allowedOrigins";
  readonly message: string;
}

/** The fields as they are stored, or everything that is wrong with them. */
export type SitePlan<T> =
  { readonly kind: "store"; readonly fields: T } | { readonly kind: "refuse"; readonly faults: readonly SiteFault[] };

export function planSite<T extends SiteChange>(wanted: T): SitePlan<T> {
  const faults: SiteFault[] = [];
  const name = wanted.name?.trim();
  if (name === "" || (name?.length ?? 0) > 100)
    faults.push({ field: "name", message: "A site needs a name of 1 to 100 characters." });

  const url = wanted.url?.trim() || null;
  if (url !== null && webAddress(url) === undefined)
    faults.push({ field: "url", message: "The address must begin with http:// or https://." });

  const origins = new Set<string>();
  for (const text of wanted.allowedOrigins ?? []) {
    const origin = webAddress(text.trim())?.origin;
    if (origin !== undefined) origins.add(origin);
    else
      faults.push({ field: "allowedOrigins", message: `"${text}" is no origin; write it like https://shop.example.` });
  }

  if (faults.length > 0) return { kind: "refuse", faults };
  return {
    kind: "store",
    fields: {
      ...wanted,
      ...(name === undefined ? {} : { name }),
      ...(wanted.url === undefined ? {} : { url }),
      ...(wanted.allowedOrigins === undefined ? {} : { allowedOrigins: [...origins] }),
    },
  };
}

function webAddress(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" ? url : undefined;
}

/** Whether a page of `origin` may send to the site. No Origin at all: not a browser's cross-origin call. */
export function mayPost(site: { readonly allowedOrigins: readonly string[] }, origin: string | undefined): boolean {
  return origin === undefined || site.allowedOrigins.length === 0 || site.allowedOrigins.includes(origin);
}
