import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Transaction } from "../db/database.ts";
import { touched } from "./contact-row.ts";
import type { Contact } from "./facts.ts";

export interface MergeRows {
  readonly winner: Contact & { readonly id: ContactId };
  readonly loser: Contact & { readonly id: ContactId };
  readonly reason: string;
  readonly actor: string;
  readonly requestId: string;
  readonly at: Instant;
}

// Events never move: the stretches they lie in do.
const MOVE_BINDINGS = `UPDATE binding SET contact_id = $1 WHERE contact_id = $2 RETURNING binding_id`;

// One hop for ever: whoever ended in the loser ends in the winner now.
const MOVE_REDIRECTS = `
  UPDATE contact SET merged_into = $1 WHERE merged_into = $2 RETURNING contact_id`;

// The row stays as a redirect; what it said is in the snapshot, as long as that is kept.
const REDIRECT = `
  UPDATE contact SET status = 'merged', merged_into = $1, external_customer_id = NULL, first_name = NULL,
    last_name = NULL, language_code = NULL, time_zone = NULL, region = NULL, town = NULL, address = NULL,
    postcode = NULL, country_code = NULL, attributes = '{}', fields = '{}', provenance = '{}', ${touched("$3")}
  WHERE contact_id = $2`;

const LOG_MERGE = `
  INSERT INTO merge_log (winner_id, loser_id, moved_bindings, moved_redirects, winner_before, loser_before, reason,
    actor, request_id, merged_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

// Who was to stay apart from the loser stays apart from the winner.
const KEEP_APART = `
  INSERT INTO do_not_merge (lower_id, higher_id, since)
  SELECT least($1::bigint, other), greatest($1::bigint, other), since FROM (
    SELECT CASE WHEN lower_id = $2 THEN higher_id ELSE lower_id END AS other, since
    FROM do_not_merge WHERE lower_id = $2 OR higher_id = $2) pair
  WHERE other <> $1 ON CONFLICT DO NOTHING`;

/** Moves what belongs to the loser as a whole. Identifiers, channels and fields are part of the plan. */
export async function mergeRows(tx: Transaction, merge: MergeRows): Promise<void> {
  const pair = [merge.winner.id, merge.loser.id];
  const bindings = await tx.queryNamed<{ bindingId: number }>("identity move bindings", MOVE_BINDINGS, pair);
  const redirects = await tx.queryNamed<{ contactId: ContactId }>("identity move redirects", MOVE_REDIRECTS, pair);
  await tx.queryNamed("identity redirect", REDIRECT, [...pair, timestamp(merge.at)]);
  await tx.queryNamed("identity keep apart", KEEP_APART, pair);
  await tx.queryNamed("identity log merge", LOG_MERGE, [
    ...pair,
    bindings.map(({ bindingId }) => bindingId),
    redirects.map(({ contactId }) => contactId),
    JSON.stringify(merge.winner),
    JSON.stringify(merge.loser),
    merge.reason,
    merge.actor,
    merge.requestId,
    timestamp(merge.at),
  ]);
}
