import type { Email, Instant } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { retried } from "../identity/index.ts";
import { findUnsubscribeTarget, insertUnsubscribeToken, unsubscribeAddress, type Act } from "./consent-store.ts";
import type { SubscriptionDeps } from "./subscribe.ts";
import { hashOfToken, keyedHash, unsubscribeTokenOf } from "./token.ts";

/** Headers and link of a letter that can be unsubscribed from by one click (RFC 8058). */
export interface UnsubscribeLink {
  readonly url: string;
  readonly headers: Readonly<Record<"List-Unsubscribe" | "List-Unsubscribe-Post", string>>;
}

/** Makes the link that ends mail to an address, good for years. Call it in the transaction that queues the letter. */
export async function issueUnsubscribeLink(
  tx: Queryable,
  { email, at, secretKey, publicUrl }: { email: Email; at: Instant; secretKey: string; publicUrl: string },
): Promise<UnsubscribeLink> {
  const hash = keyedHash(secretKey);
  const token = unsubscribeTokenOf(hash, email);
  const tokenHash = hashOfToken(token);
  if (tokenHash === undefined) throw new Error("An unsubscribe token does not look like one.");
  await insertUnsubscribeToken(tx, { tokenHash, addressHash: hash("address", email), email, at });
  const url = `${publicUrl.replace(/\/+$/, "")}/unsubscribe/${token}`;
  return { url, headers: { "List-Unsubscribe": `<${url}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" } };
}

/** The address a link is about. `email` is null for somebody who was erased; undefined: no such link. */
export async function findUnsubscribe(deps: SubscriptionDeps, token: string) {
  const tokenHash = hashOfToken(token);
  return tokenHash === undefined ? undefined : findUnsubscribeTarget(deps.db, tokenHash);
}

/** Ends mail to the address of the link, whatever has become of its contact. Answers as `findUnsubscribe`. */
export async function carryOutUnsubscribe(deps: SubscriptionDeps, { token, act }: { token: string; act: Act }) {
  const target = await findUnsubscribe(deps, token);
  if (target === undefined) return undefined;
  await retried(deps.db, (tx) => unsubscribeAddress(tx, { ...target, act }));
  return target;
}
