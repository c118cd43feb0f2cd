import type { Delivery, RejectedRow } from "./delivery.ts";
import { isPoison } from "./sql-state.ts";
import type { Rows } from "./store.ts";

/** A message that passed every check and that the database still refuses. */
export interface Unstorable {
  readonly index: number;
  readonly code: "unstorable";
  readonly reason: string;
}

const REASON = "The database cannot hold this message.";

type OneRow =
  | { readonly kind: "event"; readonly row: Delivery["events"][number] }
  | { readonly kind: "identityMessage"; readonly row: Delivery["identityMessages"][number] }
  | { readonly kind: "rejected"; readonly row: RejectedRow };

/**
 * Stores all of a delivery but the rows that spoil it: they are found by halving, and kept as rejected. Stores in several
 * transactions; a retry of the whole is harmless.
 */
export async function storeApart(
  store: (rows: Rows) => Promise<void>,
  delivery: Delivery,
): Promise<readonly Unstorable[]> {
  const spoilt = await storeHalves(store, [
    ...delivery.events.map((row) => ({ kind: "event", row }) as const),
    ...delivery.identityMessages.map((row) => ({ kind: "identityMessage", row }) as const),
    ...delivery.rejected.map((row) => ({ kind: "rejected", row }) as const),
  ]);
  const kept = spoilt.map((one): RejectedRow => {
    const { index } = one.row;
    const { siteId, receivedAt } = one.kind === "event" ? one.row.envelope : one.row;
    const message = JSON.stringify({ note: "Not kept: the database refused it.", index });
    return { index, siteId, receivedAt, code: "unstorable", reason: REASON, message, envelope: "null" };
  });
  if (kept.length > 0) await store({ events: [], identityMessages: [], rejected: kept });
  return spoilt
    .filter(({ kind }) => kind !== "rejected")
    .map(({ row }) => ({ index: row.index, code: "unstorable", reason: REASON }));
}

async function storeHalves(store: (rows: Rows) => Promise<void>, rows: readonly OneRow[]): Promise<readonly OneRow[]> {
  if (rows.length === 0) return [];
  try {
    await store(gather(rows));
    return [];
  } catch (error) {
    if (!isPoison(error)) throw error;
    if (rows.length === 1) return rows;
  }
  const middle = rows.length >> 1;
  return [...(await storeHalves(store, rows.slice(0, middle))), ...(await storeHalves(store, rows.slice(middle)))];
}

function gather(rows: readonly OneRow[]): Rows {
  return {
    events: rows.flatMap((one) => (one.kind === "event" ? [one.row] : [])),
    identityMessages: rows.flatMap((one) => (one.kind === "identityMessage" ? [one.row] : [])),
    rejected: rows.flatMap((one) => (one.kind === "rejected" ? [one.row] : [])),
  };
}
