import type { Me } from "../contract/admin.ts";
import { api, ApiError } from "./api.ts";
import type { Wanted } from "./ui/ahead.ts";

/** `unknown`: not asked yet. `out`: nobody is logged in; `ended` when somebody was. */
export type Session =
  | { readonly kind: "unknown" }
  | { readonly kind: "unreachable"; readonly error: ApiError }
  | { readonly kind: "out"; readonly ended: boolean }
  | { readonly kind: "in"; readonly me: Me };

/** Who is logged in, as the server says. */
export const sessionWanted: Wanted<Session> = {
  key: "session",
  async load() {
    try {
      return { kind: "in", me: await api.me() };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.status === 401 ? { kind: "out", ended: false } : { kind: "unreachable", error };
    }
  },
};
