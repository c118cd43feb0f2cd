import { signal } from "@preact/signals";
import type { AdminRight, Me } from "../contract/admin.ts";
import { api, ApiError } from "./api.ts";

/** `unknown`: not asked yet. `out`: nobody is logged in; `ended` when somebody was. */
export type Session =
  | { readonly kind: "unknown" }
  | { readonly kind: "unreachable"; readonly error: ApiError }
  | { readonly kind: "out"; readonly ended: boolean }
  | { readonly kind: "in"; readonly me: Me };

export const session = signal<Session>({ kind: "unknown" });

export async function loadSession(): Promise<void> {
  try {
    session.value = { kind: "in", me: await api.me() };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    session.value = error.status === 401 ? { kind: "out", ended: false } : { kind: "unreachable", error };
  }
}

/** Any screen may learn from an answer that the session is over. */
export function noteRefusal(error: ApiError): void {
  if (error.status === 401 && session.value.kind === "in") session.value = { kind: "out", ended: true };
  if (error.code === "password_change_required") void loadSession();
}

export async function logOut(): Promise<void> {
  await api.logOut().catch(() => undefined);
  session.value = { kind: "out", ended: false };
}

export function may(right: AdminRight): boolean {
  return session.value.kind === "in" && session.value.me.rights.includes(right);
}
