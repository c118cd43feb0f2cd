import { randomUUID } from "node:crypto";
import type { ContactId, Email, SiteId, VisitorId } from "../../contract/identifiers.ts";
import type { Queryable, Transaction } from "../db/database.ts";
import { retried, type IdentityOutcome } from "../identity/index.ts";
import { uuidv7 } from "../lib/uuid.ts";
import type { OptinPlan } from "./rules.ts";
import { askForConfirmation, type SubscribingSite, type SubscriptionDeps } from "./subscribe.ts";

/** Sends the question "was it you?" once more, because somebody who works here asks for it. */
export interface AskAgain {
  readonly contactId: ContactId;
  readonly email: Email;
}

export type AskedAgain =
  | { readonly kind: "asked" }
  /** `unknown`: the contact has no such address. `invented`: nobody reads it. `no_site`: there is none to ask for. */
  | {
      readonly kind: "refused";
      readonly reason: Extract<OptinPlan, { kind: "silent" }>["reason"] | "unknown" | "invented" | "no_site";
    };

/**
 * By the same limits as for a sign-up form, whoever asks: the letter goes to somebody who did not press a button now.
 * What is known of the sign-up stays part of the proof.
 */
export async function askAgain(
  deps: SubscriptionDeps,
  wish: AskAgain,
  siteOf: (siteId: SiteId | undefined) => Promise<SubscribingSite | undefined>,
): Promise<AskedAgain> {
  const asked = await retried(deps.db, (tx) => ask(deps, tx, wish, siteOf));
  if (asked.kind === "asked") deps.outbox.kick();
  return asked;
}

async function ask(
  deps: SubscriptionDeps,
  tx: Transaction,
  { contactId, email }: AskAgain,
  siteOf: (siteId: SiteId | undefined) => Promise<SubscribingSite | undefined>,
): Promise<AskedAgain> {
  const source = await findSource(tx, { contactId, email });
  if (source === undefined) return { kind: "refused", reason: "unknown" };
  if (source === "SAMPLE") return { kind: "refused", reason: "invented" };
  const earlier = await findWaiting(tx, email);
  const site = await siteOf(earlier?.siteId);
  if (site === undefined) return { kind: "refused", reason: "no_site" };
  const now = deps.clock();
  const message = {
    type: "subscribe" as const,
    id: uuidv7(now),
    at: now,
    // Without a sign-up form nobody's GET may confirm: an id that no cookie has.
    visitorId: (earlier?.visitorId ?? randomUUID()) as VisitorId,
    email,
    groups: [...(earlier?.groups ?? [])],
  };
  const outcome: IdentityOutcome = {
    kind: "resolved",
    contactId,
    created: false,
    changed: false,
    restored: false,
    merged: [],
    warnings: [],
  };
  const subscribing = { message, moment: now, receivedAt: now, site, origin: {} };
  const plan = await askForConfirmation(deps, { tx, outcome, subscribing });
  if (plan.kind === "silent") return { kind: "refused", reason: plan.reason };
  if (earlier !== undefined) await keepSignUp(tx, { email, siteId: site.siteId, earlier });
  return { kind: "asked" };
}

async function findSource(tx: Queryable, { contactId, email }: AskAgain): Promise<string | undefined> {
  const [row] = await tx.query<{ contactSource: string }>(
    `SELECT contact_source FROM contact JOIN channel USING (contact_id)
     WHERE contact_id = $1 AND contact.status = 'live' AND type = 'email' AND value = $2 AND current`,
    [contactId, email],
  );
  return row?.contactSource;
}

interface SignUp {
  readonly siteId: SiteId;
  readonly visitorId: string;
  readonly groups: readonly string[];
  readonly formId: string | null;
  readonly formText: string | null;
  readonly formLanguage: string | null;
  readonly url: string | null;
  readonly network: string | null;
  readonly userAgent: string | null;
}

async function findWaiting(tx: Queryable, email: Email): Promise<SignUp | undefined> {
  const [row] = await tx.query<SignUp>(
    `SELECT site_id, visitor_id, groups, form_id, form_text, form_language, url, network, user_agent
     FROM optin_request WHERE email = $1 AND confirmed_at IS NULL ORDER BY requested_at DESC LIMIT 1`,
    [email],
  );
  return row;
}

async function keepSignUp(
  tx: Queryable,
  { email, siteId, earlier }: { readonly email: Email; readonly siteId: SiteId; readonly earlier: SignUp },
): Promise<void> {
  const { formId, formText, formLanguage, url, network, userAgent } = earlier;
  await tx.query(
    `UPDATE optin_request SET form_id = $3, form_text = $4, form_language = $5, url = $6, network = $7, user_agent = $8
     WHERE site_id = $1 AND email = $2 AND confirmed_at IS NULL`,
    [siteId, email, formId, formText, formLanguage, url, network, userAgent],
  );
}
