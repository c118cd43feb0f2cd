// Attaching the history of a visitor to a contact: 10, 10,000 and 1,000,000 earlier events must cost the same.
// npx tsx bench/attach.ts   (EVENTS=100000 for a shorter long history)
import { randomUUID } from "node:crypto";
import type { ContactId } from "../src/contract/identifiers.ts";
import type { Database } from "../src/server/db/database.ts";
import { mergeContacts, resolveIdentity, type IdentityDeps } from "../src/server/identity/index.ts";
import { withDatabase } from "./database.ts";
import { line, measure, quantiles, type Quantiles } from "./measure.ts";
import { processorMeter } from "./processor.ts";

const LONGEST = Number(process.env["EVENTS"] ?? 1_000_000);
const LENGTHS = [10, 10_000, LONGEST];
const RUNS = 2_000;
const MERGES = 40;
const BINDINGS = 1_000;

// Visitors that already have a contact are free again for the next attach.
const FREE = "DELETE FROM binding WHERE source_id = $1";

type Meter = (() => number) | undefined;

async function fill(db: Database): Promise<void> {
  for (const length of LENGTHS) {
    await db.query(
      `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, url, properties, trust)
       SELECT (lpad(to_hex(1767225600000 + n), 12, '0') || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid,
         1, 'visitor', 'visitor-with-' || $1::int, 'page', at, at, 'https://shop.example/products/' || n, '{"price": 10}', 'browser'
       FROM (SELECT n, to_timestamp(1767225600 + n / 1000.0) AS at FROM generate_series(1, $1::int) n) made`,
      [length],
    );
  }
  await db.query(
    `INSERT INTO binding (source_kind, source_id, contact_id, bound_at, reason)
     SELECT 'visitor', 'other-' || n, $1, now(), 'bench' FROM generate_series(1, 50000) n`,
    [(await upsert({ db, secretKey: "bench" }, "somebody", [])).contactId],
  );
  await db.query("VACUUM ANALYZE");
}

async function upsert(deps: IdentityDeps, person: string, visitorIds: readonly string[]) {
  const now = Date.now();
  const outcome = await resolveIdentity(deps, {
    trust: "server",
    verb: "upsert",
    externalCustomerId: person,
    email: `${person}@mail.example`,
    visitorIds,
    moment: now,
    receivedAt: now,
    contactSource: "BENCH",
    cause: { actor: "bench", requestId: randomUUID() },
  });
  if (outcome.kind !== "resolved") throw new Error(JSON.stringify(outcome));
  return outcome;
}

/** Attaches of all lengths take turns, so that whatever else the machine does hits them alike. */
async function attach(deps: IdentityDeps, meter: Meter): Promise<Map<number, Quantiles>> {
  const times = new Map<number, Quantiles>();
  for (const length of LENGTHS) {
    const visitor = `visitor-with-${length}`;
    const measured = await measureOnly(meter, {
      before: () => deps.db.query(FREE, [visitor]),
      work: (run) => upsert(deps, `person-${length}-${run}`, [visitor]),
    });
    times.set(length, measured);
    console.log(line(`sign-up that attaches ${length.toLocaleString("en")} events`, measured));
  }
  return times;
}

async function measureOnly(
  meter: Meter,
  {
    before,
    work,
  }: {
    before: () => Promise<unknown>;
    work: (run: number) => Promise<unknown>;
  },
): Promise<Quantiles> {
  const times: number[] = [];
  const costs: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await before();
    const started = { at: performance.now(), used: meter?.() ?? 0 };
    await work(run);
    if (run < RUNS / 10) continue;
    times.push(performance.now() - started.at);
    if (meter !== undefined) costs.push(meter() - started.used);
  }
  return {
    ...quantiles(times),
    ...(meter !== undefined && { processor: quantiles(costs) }),
  };
}

async function mergeBig(deps: IdentityDeps, meter: Meter): Promise<Quantiles> {
  const pairs: [ContactId, ContactId][] = [];
  for (let index = 0; index < MERGES; index += 1) {
    const winner = (await upsert(deps, `winner-${index}`, [])).contactId;
    const [loser] = await deps.db.query<{ contactId: ContactId }>(
      "INSERT INTO contact (contact_source, created_at, updated_at) VALUES ('BENCH', now(), now()) RETURNING contact_id",
    );
    if (loser === undefined) throw new Error("No contact.");
    await deps.db.query(
      `INSERT INTO binding (source_kind, source_id, contact_id, bound_at, reason)
       SELECT 'visitor', 'merged-' || $2::int || '-' || n, $1, now(), 'bench' FROM generate_series(1, $3::int) n`,
      [loser.contactId, index, BINDINGS],
    );
    pairs.push([winner, loser.contactId]);
  }
  const merge = (run: number) => {
    const contactIds = pairs[run];
    if (contactIds === undefined) throw new Error("No pair.");
    return mergeContacts(deps, {
      contactIds,
      at: Date.now(),
      cause: { actor: "bench", requestId: randomUUID() },
    });
  };
  return measure(MERGES, merge, meter);
}

await withDatabase(async (db) => {
  const deps = { db, secretKey: "bench" };
  await fill(db);
  const meter = await processorMeter(db);
  const floor = await measure(
    RUNS,
    () => db.transaction((tx) => tx.query("INSERT INTO used_token VALUES ($1, now())", [Buffer.from(randomUUID())])),
    meter,
  );
  console.log(line("floor: one row in one transaction", floor));
  const times = [...(await attach(deps, meter)).values()];
  const alone = await measure(RUNS, (run) => upsert(deps, `alone-${run}`, []), meter);
  console.log(line("sign-up that attaches nothing", alone, floor));
  console.log(line(`merge of a contact with ${BINDINGS} browsers`, await mergeBig(deps, meter), floor));
  const flatness = (of: (time: Quantiles) => number) =>
    (Math.max(...times.map(of)) / Math.min(...times.map(of))).toFixed(2);
  console.log(
    `\nlargest median / smallest: ${flatness(({ p50 }) => p50)} on the wall, ` +
      `${flatness(({ processor }) => processor?.p50 ?? NaN)} of processor time (goal: at most 2)`,
  );
}, 1);
