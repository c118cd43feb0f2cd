import type { ContactId, Email, Instant, SiteId } from "../../contract/identifiers.ts";
import type { SubscribeMessage } from "../../contract/messages.ts";
import type { Database, Transaction } from "../db/database.ts";
import {
  normaliseEmail,
  resolveWithin,
  type IdentifyMode,
  type IdentityOutcome,
  type IdentityRequest,
} from "../identity/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { queueMail, type Language, type Outbox } from "../mail/index.ts";
import { confirmationMail } from "./confirmation-mail.ts";
import { languageFor } from "./language.ts";
import { countedNetwork, keptNetwork } from "./network.ts";
import { LONGEST_LIMIT, TOKEN_LIFE, planOptin, type OptinFacts, type OptinPlan } from "./rules.ts";
import {
  findStandingOf,
  findStandingOfHolder,
  findSuppression,
  listEarlierMails,
  lockLimits,
  noteMail,
  removeOldRequests,
  replaceOptinRequest,
  type LimitKeys,
  type Standing,
} from "./store.ts";
import { hashOfToken, keyedHash, mintToken, type KeyedHash } from "./token.ts";

export interface SubscriptionDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** The installation's secret: keys the hashes by which addresses are remembered. */
  readonly secretKey: string;
  /** Where this server is reached from outside, e.g. `https://backstory.example.org`. */
  readonly publicUrl: string;
  /** Told when a letter was queued. */
  readonly outbox: Pick<Outbox, "kick">;
}

/** The site whose form was filled in. */
export interface SubscribingSite {
  readonly siteId: SiteId;
  readonly name: string;
  readonly identify: IdentifyMode;
}

/** Where a message came from, as far as it may be known. */
export interface Origin {
  readonly ip?: string | undefined;
  readonly userAgent?: string | undefined;
  /** Of the browser: used when neither the contact nor the message names one. */
  readonly language?: string | undefined;
}

export interface Subscribing {
  readonly message: SubscribeMessage;
  /** Corrected time of the message. */
  readonly moment: Instant;
  readonly receivedAt: Instant;
  readonly site: SubscribingSite;
  readonly origin: Origin;
  /** Runs in the same transaction, after everything else: the inbox crosses its message off. */
  readonly alongside?: (tx: Transaction, outcome: IdentityOutcome) => Promise<void>;
}

/**
 * Carries out what a visitor asked for with a sign-up form: the identity claim, the question "was it you?" and its
 * mail, in one transaction. The answer is for the inbox alone; it never reaches the browser.
 */
export async function carryOutSubscribe(deps: SubscriptionDeps, subscribing: Subscribing): Promise<IdentityOutcome> {
  const outcome = await resolveWithin(deps, identityRequest(subscribing), async (tx, found) => {
    await askForConfirmation(deps, { tx, outcome: found, subscribing });
    await subscribing.alongside?.(tx, found);
  });
  deps.outbox.kick();
  return outcome;
}

function identityRequest({ message, moment, receivedAt, site }: Subscribing): IdentityRequest {
  const { id, visitorId, externalCustomerId, email, phone, url, ...rest } = message;
  const { firstName, lastName, languageCode, attributes } = rest;
  return {
    trust: "claim",
    verb: "subscribe",
    externalCustomerId,
    email,
    phone,
    visitorIds: [visitorId],
    fields: { firstName, lastName, languageCode, attributes },
    moment,
    receivedAt,
    mode: site.identify,
    contactSource: "SUBSCRIPTION",
    cause: { actor: "tracker", requestId: id, siteId: site.siteId, url },
  };
}

export interface Asking {
  readonly tx: Transaction;
  readonly outcome: IdentityOutcome;
  readonly subscribing: Subscribing;
}

const NOTHING: OptinPlan = { kind: "silent", reason: "nothing_to_prove" };

/** Asks "was it you?" by mail when there is something to prove, in the transaction of the sign-up. */
export async function askForConfirmation(deps: SubscriptionDeps, asking: Asking): Promise<OptinPlan> {
  const { tx, outcome, subscribing } = asking;
  const email = normaliseEmail(subscribing.message.email ?? "");
  if (email === undefined || outcome.kind === "refused") return NOTHING;
  const now = deps.clock();
  const hash = keyedHash(deps.secretKey);
  const keys = limitKeys(hash, { email, network: countedNetwork(subscribing.origin.ip) });
  await lockLimits(tx, keys);
  const holder = await findHolder(tx, { email, outcome });
  const plan = planOptin(
    {
      standing: standingOf(outcome, holder),
      suppression: await findSuppression(tx, keys.address),
      earlier: await listEarlierMails(tx, keys, now - LONGEST_LIMIT),
    },
    now,
  );
  if (plan.kind === "silent") {
    deps.log.info({ messageId: subscribing.message.id, reason: plan.reason }, "a sign-up was not answered with a mail");
    return plan;
  }
  await noteMail(tx, keys, { siteId: subscribing.site.siteId, now });
  const language = languageFor(holder?.languageCode, subscribing.message.languageCode, subscribing.origin.language);
  await ask(deps, asking, {
    email,
    language,
    now,
    contactId: outcome.kind === "pending" ? undefined : holder?.contactId,
  });
  return plan;
}

interface Question {
  readonly email: Email;
  readonly language: Language;
  readonly now: Instant;
  /** The contact that has the address already. Undefined: whether there is one shows only at the proof. */
  readonly contactId: ContactId | undefined;
}

async function ask(deps: SubscriptionDeps, { tx, outcome, subscribing }: Asking, question: Question): Promise<void> {
  const { message, site, origin } = subscribing;
  const { email, language, now } = question;
  const token = mintToken();
  const tokenHash = hashOfToken(token);
  if (tokenHash === undefined) throw new Error("A minted token does not look like one.");
  const mail = confirmationMail({ to: email, siteName: site.name, language, publicUrl: deps.publicUrl, token });
  await replaceOptinRequest(tx, {
    tokenHash,
    siteId: site.siteId,
    email,
    contactId: question.contactId,
    claimId: outcome.kind === "pending" ? outcome.claimId : undefined,
    visitorId: message.visitorId,
    messageId: message.id,
    mailId: await queueMail(tx, { mail, now }),
    language,
    groups: message.groups ?? [],
    formId: message.form?.id,
    formText: message.form?.text,
    formLanguage: message.languageCode ?? origin.language,
    url: pageOf(message.url),
    network: keptNetwork(origin.ip),
    userAgent: origin.userAgent?.slice(0, 500),
    requestedAt: subscribing.moment,
    expiresAt: now + TOKEN_LIFE,
  });
}

function limitKeys(hash: KeyedHash, { email, network }: { email: Email; network: string | undefined }): LimitKeys {
  return { address: hash("address", email), network: network === undefined ? undefined : hash("network", network) };
}

function findHolder(tx: Transaction, { email, outcome }: { email: Email; outcome: IdentityOutcome }) {
  return outcome.kind === "resolved" ? findStandingOf(tx, email, outcome.contactId) : findStandingOfHolder(tx, email);
}

function standingOf(outcome: IdentityOutcome, holder: Standing | undefined): OptinFacts["standing"] {
  if (outcome.kind === "pending") return "claimed";
  const blocked =
    outcome.kind === "resolved" &&
    outcome.warnings.some(({ code, field }) => code === "blocked_identifier" && field === "email");
  if (holder === undefined || blocked) return "nobody";
  return holder.status === "confirmed" ? "confirmed" : "unconfirmed";
}

/** Drops requests whose links have expired, and counts that no limit looks at any more. Meant to run once an hour. */
export async function removeExpiredRequests({ db, clock }: Pick<SubscriptionDeps, "db" | "clock">): Promise<void> {
  const now = clock();
  await removeOldRequests(db, { expiredBefore: now, mailsBefore: now - LONGEST_LIMIT });
}

/** The page without its query: where the form stood, not what the address bar happened to carry. */
function pageOf(url: string | undefined): string | undefined {
  return url === undefined || !URL.canParse(url) ? undefined : new URL(url).origin + new URL(url).pathname;
}
