import type { Readable } from "node:stream";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import QueryStream from "pg-query-stream";
import type { Instant } from "../../contract/identifiers.ts";
import type { DynamicMembership } from "../segments/index.ts";
import type { SourceMoment } from "./rules.ts";
import { selectGoneContacts } from "./source-store.ts";

/** A stretch of history that was erased here and may still be at the destination. */
export interface ErasedStretch {
  readonly exportErasureId: string;
  readonly sourceKind: string;
  readonly sourceId: string;
  /** As PostgreSQL writes times; both ends may be infinite. */
  readonly validFrom: string;
  readonly validTo: string;
}

/** What has to disappear from the destination. */
export interface Removal {
  readonly stretches: readonly ErasedStretch[];
  readonly contactIds: readonly string[];
}

/** Our own tables, all at one moment, whatever is written meanwhile. */
export interface Source {
  readonly moment: SourceMoment;
  /** Rows of a query in PostgreSQL's own text format. */
  copy(query: string): Readable;
  /** The same as objects of JSON, one a line. */
  lines(query: string): AsyncIterable<string>;
  listRemovals(since: bigint | undefined): Promise<Removal>;
}

const ERASED = `
  SELECT export_erasure_id::text AS "exportErasureId", source_kind AS "sourceKind", source_id AS "sourceId",
    valid_from::text AS "validFrom", valid_to::text AS "validTo"
  FROM export_erasure WHERE export_id = $1 ORDER BY export_erasure_id`;
const MOMENT = `
  SELECT pg_current_snapshot()::text AS snapshot, pg_snapshot_xmax(pg_current_snapshot())::text AS next,
    (SELECT system_identifier::text FROM pg_control_system()) AS cluster`;

const MAKE_DYNAMIC = "CREATE TEMPORARY TABLE dynamic_member (segment_id integer NOT NULL, contact_id bigint NOT NULL)";
/** Everybody is asked about: room for the hashes, and no loop over an index for each. */
const MAKE_ROOM = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL enable_nestloop = off";
const GIVE_BACK = "SET LOCAL work_mem TO DEFAULT; SET LOCAL jit TO DEFAULT; SET LOCAL enable_nestloop TO DEFAULT";

export interface Opening {
  readonly exportId: string;
  readonly now: Instant;
  /** Dynamic segments: who is in them is worked out within the same snapshot. */
  readonly dynamic: readonly DynamicMembership[];
}

/** Takes the snapshot. It ends with the connection, or with a COMMIT on it. */
export async function openSource(client: pg.ClientBase, { exportId, now, dynamic }: Opening): Promise<Source> {
  await client.query("SET TimeZone TO 'UTC'");
  await client.query(MAKE_DYNAMIC);
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const { rows } = await client.query<{ snapshot: string; next: string; cluster: string }>(MOMENT);
  const [row] = rows;
  if (row === undefined) throw new Error("The database told nothing about its snapshot.");
  await workOut(client, dynamic);
  return {
    moment: { snapshot: row.snapshot, cluster: row.cluster, nextTransaction: BigInt(row.next), now },
    copy: (query) => client.query(copyTo(`COPY (${query}) TO STDOUT`)),
    async *lines(query) {
      const text = `SELECT to_json(r)::text AS line FROM (${query}) r`;
      const stream = client.query(new QueryStream(text, [], { rowMode: "array", batchSize: 1_000 }));
      for await (const [line] of stream as AsyncIterable<readonly [string]>) yield line;
    },
    async listRemovals(since) {
      const stretches = await client.query<ErasedStretch>(ERASED, [exportId]);
      const gone =
        since === undefined ? undefined : await client.query<{ contactId: string }>(selectGoneContacts(since));
      return { stretches: stretches.rows, contactIds: (gone?.rows ?? []).map(({ contactId }) => contactId) };
    },
  };
}

/** A table of this connection's own is the one thing that a transaction which only reads may write. */
async function workOut(client: pg.ClientBase, dynamic: readonly DynamicMembership[]): Promise<void> {
  if (dynamic.length === 0) return;
  await client.query(MAKE_ROOM);
  for (const { id, query } of dynamic) {
    const text = `INSERT INTO dynamic_member SELECT ${Math.trunc(id)}, contact_id FROM (${query.text}) found`;
    await client.query(text, [...query.values]);
  }
  await client.query(GIVE_BACK);
}
