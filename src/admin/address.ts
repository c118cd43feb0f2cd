export const BASE = "/admin";

/** Which screen the address bar names, and what it says besides. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

export function readPlace(): Place {
  const path = location.pathname.slice(BASE.length).replace(/\/+$/, "");
  return { path: path === "" ? "/" : path, query: new URLSearchParams(location.search) };
}

/** Matches `/contacts/:id` and the like; answers the named parts. */
export function match(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  if (wanted.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const part = parts[index] ?? "";
    if (want.startsWith(":")) params[want.slice(1)] = part;
    else if (want !== part) return undefined;
  }
  return params;
}
