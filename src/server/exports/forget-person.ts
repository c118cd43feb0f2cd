import type { Transaction } from "../db/database.ts";
import { insertErasures } from "./store.ts";

/** In the transaction of an erasure: every export is to remove these stretches of history at its destination. */
export const forgetExported = (tx: Transaction, stretches: Parameters<typeof insertErasures>[1]): Promise<void> =>
  insertErasures(tx, stretches);
