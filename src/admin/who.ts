import type { Me } from "../contract/admin/session.ts";
import { api, ApiError } from "./api.ts";
import { NOBODY_MARK } from "../contract/wire.ts";
import type { Wanted } from "./ui/ahead.ts";

/** `unknown`: not asked yet. `out`: nobody is logged in; `ended` when somebody was. */
export type Session =
  | { readonly kind: "unknown" }
  | { readonly kind: "unreachable"; readonly error: ApiError }
  | { readonly kind: "out"; readonly ended: boolean }
  | { readonly kind: "in"; readonly me: Me };

const root = () => document.getElementById("app");

/** The page came without a session, and nobody has asked since: whatever is asked for now would be refused. */
export const isNobodyHere = (): boolean => root()?.hasAttribute(NOBODY_MARK) === true;

/** Who is logged in, as the server says: with the page itself, and from then on when it is asked. */
export const sessionWanted: Wanted<Session> = {
  key: "session",
  async load() {
    if (isNobodyHere()) {
      root()?.removeAttribute(NOBODY_MARK);
      return { kind: "out", ended: false };
    }
    try {
      return { kind: "in", me: await api.me() };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.status === 401 ? { kind: "out", ended: false } : { kind: "unreachable", error };
    }
  },
};
