import type { Email, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Database, type Transaction } from "../db/database.ts";
import { lockAddresses, normaliseEmail, retried } from "../identity/index.ts";
import { unsubscribeAddress } from "./consent-store.ts";
import { keyedHash } from "./token.ts";

export interface AddressList {
  /** What is no address is skipped. */
  readonly emails: readonly string[];
  readonly at: Instant;
}

interface Deps {
  readonly db: Database;
  readonly secretKey: string;
}

const BATCH = 100;

/** The site says that these addresses must get no bulk mail, whoever has them, now or later. */
export async function addToUnsubscribed(deps: Deps, list: AddressList): Promise<void> {
  const act = { at: list.at, method: "api", network: undefined, userAgent: undefined } as const;
  await inBatches(deps, list, (tx, email, addressHash) => unsubscribeAddress(tx, { email, addressHash, act }));
}

/** The site takes it back. What stands there for a harder reason than an unsubscribe stays. */
export async function removeFromUnsubscribed(deps: Deps, list: AddressList): Promise<void> {
  await inBatches(deps, list, (tx, email, addressHash) => release(tx, { email, addressHash, at: list.at }));
}

async function inBatches(
  { db, secretKey }: Deps,
  { emails }: AddressList,
  one: (tx: Transaction, email: Email, addressHash: Buffer) => Promise<void>,
): Promise<void> {
  const hash = keyedHash(secretKey);
  // In one order, so that two lists never wait for each other in a circle.
  const addresses = [...new Set(emails.map(normaliseEmail).filter((email) => email !== undefined))].sort();
  for (let first = 0; first < addresses.length; first += BATCH)
    await retried(db, async (tx) => {
      const batch = addresses.slice(first, first + BATCH);
      // All before any contact: the order in which identity takes its locks.
      await lockAddresses(tx, batch);
      for (const email of batch) await one(tx, email, hash("address", email));
    });
}

async function release(
  tx: Transaction,
  { email, addressHash, at }: { readonly email: Email; readonly addressHash: Buffer; readonly at: Instant },
): Promise<void> {
  const harder = await tx.query(
    "SELECT 1 AS one FROM suppression WHERE channel_type = 'email' AND address_hash = $1 AND reason <> 'unsubscribed'",
    [addressHash],
  );
  if (harder.length > 0) return;
  await tx.query("DELETE FROM suppression WHERE channel_type = 'email' AND address_hash = $1", [addressHash]);
  const released = await tx.query(
    `UPDATE channel SET updated_at = $2,
       status = CASE WHEN confirmed_at IS NULL THEN 'unconfirmed'::channel_status ELSE 'confirmed' END
     WHERE type = 'email' AND value = $1 AND status = 'unsubscribed' RETURNING 1 AS one`,
    [email, timestamp(at)],
  );
  if (released.length === 0) return;
  await tx.query(
    `INSERT INTO consent_log (act, at, method, contact_id, channel_type, address)
     SELECT 'subscribed', $2, 'api', (SELECT contact_id FROM identifier WHERE kind = 'email' AND value = $1), 'email', $1`,
    [email, timestamp(at)],
  );
}
