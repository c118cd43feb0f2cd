import { forgetOldUploads, settleBackstoriesPatiently } from "./contacts/index.ts";
import { removeEndedSessions } from "./admins/index.ts";
import { eraseAgain } from "./backups/index.ts";
import { ensurePartitions } from "./db/partitions.ts";
import { removeValuesOfDeletedFields } from "./fields/index.ts";
import { forgetIdempotencyKeys } from "./http/idempotency.ts";
import { expireClaims, forgetMergeSnapshots, removeErasedEvents, sweepErasedReplays } from "./identity/index.ts";
import { forgetOldFiles } from "./imports/index.ts";
import { watchClock } from "./jobs/index.ts";
import type { Log } from "./lib/log.ts";
import { removeOldMail } from "./mail/index.ts";
import type { Services } from "./services.ts";
import { removeOldSightings } from "./sites/index.ts";
import { removeExpiredRequests } from "./subscriptions/index.ts";
import { removeOldAnonymous, removeOldRejected, sweepRejectedReplays } from "./visitors/index.ts";

const DAY = 24 * 60 * 60_000;
/** How long a merge can be undone: its snapshots hold what people were like before. */
const MERGES_UNDONE_WITHIN = 90 * DAY;
const REJECTED_KEPT_FOR = 30 * DAY;
/** Letters that were kept instead of sent, and those that could not be sent. */
const MAIL_KEPT_FOR = 30 * DAY;

/** Something this installation does by the clock, whoever uses it. */
export interface Chore {
  readonly name: string;
  /** In UTC. */
  readonly cron: string;
  /** It removes nothing for being old. Absent: it does, and waits while the clock is in doubt. */
  readonly removesNothingByAge?: true;
  carryOut(): Promise<void>;
}

type Deps = Pick<Services, "db" | "clock" | "log" | "secretKey" | "erasePerson" | "exports">;

/** Months that history of nobody is kept where neither the installation nor its site says otherwise. */
export const ANONYMOUS_MONTHS = 13;

/** Room for the months to come, and an end for what is kept only for a time. */
export function chores(deps: Deps, { anonymousMonths = ANONYMOUS_MONTHS } = {}): readonly Chore[] {
  const { db, clock } = deps;
  return [
    { name: "partitions", cron: "17 3 * * *", removesNothingByAge: true, carryOut: () => makeMonths(deps) },
    {
      name: "backstories",
      cron: "* * * * *",
      removesNothingByAge: true,
      carryOut: () => settleBackstoriesPatiently(db),
    },
    { name: "expired-sign-ups", cron: "4 * * * *", carryOut: () => removeExpiredRequests(deps) },
    { name: "expired-claims", cron: "9 * * * *", carryOut: async () => void (await expireClaims(deps, clock())) },
    { name: "erasures", cron: "*/30 * * * *", removesNothingByAge: true, carryOut: () => endErasures(deps) },
    { name: "idempotency-keys", cron: "24 * * * *", carryOut: () => forgetIdempotencyKeys(deps) },
    { name: "old-mail", cron: "46 * * * *", carryOut: () => removeOldMail(db, clock() - MAIL_KEPT_FOR) },
    { name: "uploads", cron: "29 3 * * *", carryOut: () => forgetOldUploads(deps) },
    { name: "deleted-fields", cron: "14 * * * *", carryOut: () => removeValuesOfDeletedFields(deps) },
    { name: "import-files", cron: "36 3 * * *", carryOut: () => forgetOldFiles(deps) },
    { name: "admin-sessions", cron: "34 * * * *", carryOut: () => removeEndedSessions(deps) },
    {
      name: "merge-snapshots",
      cron: "41 3 * * *",
      carryOut: async () => void (await forgetMergeSnapshots(deps, clock() - MERGES_UNDONE_WITHIN)),
    },
    {
      name: "anonymous-history",
      cron: "11 4 * * *",
      carryOut: () => removeOldAnonymous({ ...deps, anonymousMonths }),
    },
    {
      name: "rejected",
      cron: "51 3 * * *",
      carryOut: async () => void (await removeOldRejected(db, clock() - REJECTED_KEPT_FOR)),
    },
    { name: "sightings", cron: "56 3 * * *", carryOut: () => removeOldSightings(db, clock() - REJECTED_KEPT_FOR) },
  ];
}

/** What was removed for being old stays removed when a wrong clock is put right, so it is not done by one in doubt. */
export async function carryOutCarefully(
  chore: Chore,
  { db, clock, log }: Pick<Deps, "db" | "clock"> & { readonly log: Log },
): Promise<void> {
  if (chore.removesNothingByAge === true) return chore.carryOut();
  const verdict = await watchClock(db, clock());
  if (verdict.kind === "steady") return chore.carryOut();
  const doubt =
    verdict.kind === "apart"
      ? { database: new Date(verdict.database).toISOString() }
      : { removingFrom: new Date(verdict.removingFrom).toISOString() };
  log.warn(
    { chore: chore.name, verdict: verdict.kind, ...doubt },
    "nothing old is removed while the clock is in doubt",
  );
}

export async function makeMonths({ db, clock, log }: Pick<Deps, "db" | "clock" | "log">): Promise<void> {
  const made = await ensurePartitions(db, clock());
  if (made.length > 0) log.info({ partitions: made }, "months for events were made");
}

/** Goes on with erasures that were cut off, and removes what a backup or late batches brought back since. */
async function endErasures(deps: Deps): Promise<void> {
  await eraseAgain(deps);
  await removeErasedEvents(deps.db, deps.clock());
  const swept = await sweepErasedReplays(deps, (stretch) => deps.exports.eraseAgain(stretch));
  const removed = swept + (await sweepRejectedReplays(deps));
  if (removed > 0) deps.log.info({ removed }, "messages of erased people came late and were removed");
}
