import { nanoid } from "nanoid";
import type { ContactId } from "../../contract/identifiers.ts";
import type { Database } from "../db/database.ts";
import { resolveIdentity, resolveWithin, type Cause, type IdentityRequest } from "../identity/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { ErasePerson } from "../privacy/index.ts";
import { planSamples, type SamplePerson } from "./rules.ts";
import {
  areThereContacts,
  findStanding,
  forgetSample,
  insertSampleEvents,
  insertSampleSite,
  listSamples,
  noteSample,
  removeSampleSite,
  type SampleStanding,
} from "./store.ts";

export type { SampleStanding } from "./store.ts";

export interface SampleDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly secretKey: string;
  readonly erasePerson: ErasePerson;
}

const SHOP = "https://sample-shop.example";

export const findSamples = ({ db }: Pick<SampleDeps, "db">): Promise<SampleStanding> => findStanding(db);

/**
 * Fills an installation without contacts with invented ones. They take the road of real people, so that everything on the
 * screens is what it will be. False: there is somebody already.
 */
export async function loadSamples(deps: SampleDeps, cause: Cause): Promise<boolean> {
  const { db, clock } = deps;
  if (await areThereContacts(db)) return false;
  const site = { siteKey: nanoid(), name: "Sample shop", url: SHOP, now: clock() };
  const siteId = await insertSampleSite(db, site);
  if (siteId === undefined) return false;
  for (const person of planSamples(clock())) {
    const visitorId = `sample-${nanoid()}`;
    const around = { ...cause, siteId, url: SHOP + person.signedUpOn };
    // In one transaction with what marks it: cut off anywhere, all that is there can be removed.
    await resolveWithin(deps, signUp(person, visitorId, around), async (tx, outcome) => {
      if (outcome.kind !== "resolved") throw new Error(`An invented person was ${outcome.kind}.`);
      await noteSample(tx, outcome.contactId);
      await insertSampleEvents(tx, { siteId, visitorId, url: SHOP, events: person.events });
    });
    if (person.isCustomer) await resolveIdentity(deps, asCustomer(person, around));
  }
  return true;
}

function signUp(person: SamplePerson, visitorId: string, cause: Cause): IdentityRequest {
  const { email, firstName, lastName, languageCode, signedUpAt, isCustomer, externalCustomerId } = person;
  return {
    trust: "claim",
    verb: isCustomer ? "identify" : "subscribe",
    mode: "open",
    email,
    ...(isCustomer && { externalCustomerId }),
    visitorIds: [visitorId],
    fields: { firstName, lastName, languageCode },
    moment: signedUpAt,
    receivedAt: signedUpAt,
    contactSource: "SAMPLE",
    cause,
  };
}

/** The shop's server says so too: their address counts as confirmed. */
function asCustomer({ email, externalCustomerId, signedUpAt }: SamplePerson, cause: Cause): IdentityRequest {
  const moment = signedUpAt + 1_000;
  return {
    trust: "server",
    verb: "upsert",
    email,
    externalCustomerId,
    moment,
    receivedAt: moment,
    contactSource: "SAMPLE",
    cause,
  };
}

export interface RemovedSamples {
  readonly removed: number;
  /** Merged with somebody real meanwhile: they stay as they are. */
  readonly kept: number;
}

/** Removes what `loadSamples` made, and nothing else. Cut off anywhere, a second call ends it. */
export async function removeSamples(deps: SampleDeps, cause: Cause): Promise<RemovedSamples> {
  const { db, clock, erasePerson } = deps;
  const samples = await listSamples(db);
  const real = samples.filter(({ isSomebodyElse }) => isSomebodyElse);
  const invented = samples.filter(({ isSomebodyElse }) => !isSomebodyElse);
  const forget = (contactId: ContactId) =>
    erasePerson({ contactId, at: clock(), cause }, (tx) => forgetSample(tx, contactId));
  for (const { contactId } of invented) await forget(contactId);
  await db.transaction(async (tx) => {
    for (const { contactId } of [...real, ...invented]) await forgetSample(tx, contactId);
    await removeSampleSite(tx, { keep: real.length > 0 });
  });
  return { removed: invented.length, kept: real.length };
}
