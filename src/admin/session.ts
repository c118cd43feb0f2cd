import { signal } from "@preact/signals";
import type { AdminRight } from "../contract/admin/session.ts";
import { api, type ApiError } from "./api.ts";
import { answerTo } from "./ui/ahead.ts";
import { sessionWanted, type Session } from "./who.ts";

export const session = signal<Session>({ kind: "unknown" });

export async function loadSession(): Promise<void> {
  session.value = await answerTo(sessionWanted);
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
