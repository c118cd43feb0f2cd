import { Compile } from "typebox/compile";
import { FORBIDDEN_IN_NAMES, SubscribeInput } from "../../contract/contacts.ts";
import type { Field } from "../../contract/fields.ts";
import type { Instant, SiteId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import {
  resolveWithin,
  type IdentityDeps,
  type IdentityOutcome,
  type IdentityRequest,
  type Resolved,
} from "../identity/index.ts";
import { uuidv7 } from "../lib/uuid.ts";
import { addCategories } from "./category-store.ts";
import { requestOf, type Alongside, type Caller } from "./contact-calls.ts";
import { readContactInput, withoutAbsent, type ContactDescription } from "./contact-input.ts";
import { appendContactEvent, hasContactEvent } from "./event-store.ts";
import { addMembers, ensureGroups } from "./group-store.ts";

/** Double opt-in, which lives further up. */
export interface DoubleOptIn {
  /** Before the transaction: whose form it is. Undefined: there is no site to ask for. */
  begin(siteId: SiteId | null): Promise<OptIn | undefined>;
}

export interface OptIn {
  /** Asks "was it you?" when there is something to prove, in the transaction of the sign-up. */
  ask(tx: Transaction, question: OptInQuestion): Promise<void>;
  /** After the transaction: a letter may wait. */
  asked(): void;
}

export interface OptInQuestion {
  readonly outcome: Resolved;
  readonly email: string;
  readonly visitorId: string | undefined;
  readonly languageCode: string | undefined;
  readonly groups: readonly string[];
  readonly formType: string | undefined;
  readonly moment: Instant;
}

export interface SubscribeDeps extends IdentityDeps {
  readonly doubleOptIn?: DoubleOptIn;
}

export interface SignUp {
  readonly contact: ContactDescription;
  readonly groups: readonly string[];
  readonly categories: readonly string[];
  readonly formType?: string;
}

export type SignUpReading =
  { readonly kind: "read"; readonly signUp: SignUp } | { readonly kind: "refused"; readonly sentence: string };

const subscribeInput = Compile(SubscribeInput);

export function readSignUp(body: unknown, known: readonly Field[]): SignUpReading {
  const input = withoutAbsent(body);
  if (!subscribeInput.Check(input)) return { kind: "refused", sentence: whatIsWrong(input) };
  const { groups = [], subscriptions = [], formType } = input;
  if (formType !== undefined && FORBIDDEN_IN_NAMES.test(formType))
    return { kind: "refused", sentence: "formType must not have any of these signs: < ; ’ \\ / | \" ` ' ^ ? ! , >" };
  const reading = readContactInput(input.contact, known);
  if (reading.kind === "refused") return reading;
  const names = reading.contact.groups.flatMap((group) => ("name" in group ? [group.name] : []));
  return {
    kind: "read",
    signUp: {
      contact: reading.contact,
      groups: [...groups.map((name) => name.trim()), ...names],
      categories: subscriptions.map((name) => name.trim()),
      ...(formType !== undefined && { formType: formType.trim() }),
    },
  };
}

function whatIsWrong(input: unknown): string {
  const place = subscribeInput.Errors(input)[0]?.instancePath.slice(1).replaceAll("/", ".");
  if (place === undefined || place === "") return "The body has to be a JSON object with a contact.";
  return `The field '${place}' is not valid.`;
}

export function signUpOf(contact: ContactDescription, caller: Caller): IdentityRequest {
  return { ...requestOf(contact, caller), verb: "subscribe", contactSource: "SUBSCRIPTION" };
}

/**
 * `POST /contact/subscribe`: the contact with its address unconfirmed, its groups, the event of the sign-up and the
 * question by mail, in one transaction.
 */
export async function subscribe(
  deps: SubscribeDeps,
  { signUp, caller }: { readonly signUp: SignUp; readonly caller: Caller },
  alongside: Alongside,
): Promise<IdentityOutcome> {
  const request = signUpOf(signUp.contact, caller);
  const optIn = await deps.doubleOptIn?.begin(caller.siteId);
  const outcome = await resolveWithin(deps, request, async (tx, found) => {
    if (found.kind !== "resolved") return;
    await join(tx, { signUp, found, caller });
    await noteSignUp(tx, { signUp, found, caller });
    await ask(optIn, tx, { signUp, found, caller });
    await alongside(tx, found);
  });
  optIn?.asked();
  return outcome;
}

interface Done {
  readonly signUp: SignUp;
  readonly found: Resolved;
  readonly caller: Caller;
}

async function join(tx: Transaction, { signUp, found: { contactId }, caller: { now } }: Done): Promise<void> {
  if (signUp.groups.length > 0) {
    const groups = await ensureGroups(tx, { names: signUp.groups, now });
    await addMembers(tx, { groups, contacts: [contactId], now });
  }
  if (signUp.categories.length > 0) await addCategories(tx, { contactId, categories: signUp.categories, now });
}

/** A request that is repeated within a minute, for its answer was lost, makes no second event. */
const REPEATED_WITHIN = 60 * 1000;

async function noteSignUp(tx: Transaction, { signUp, found, caller: { now, siteId } }: Done): Promise<void> {
  const { contactId, created } = found;
  const { formType, contact } = signUp;
  const suffix = formType === undefined ? "" : `-${formType}`;
  const since = now - REPEATED_WITHIN;
  for (const name of [`subscribeFromApi${suffix}`, `subscribeUpdateFromApi${suffix}`])
    if (!created && (await hasContactEvent(tx, { contactId, name, since }))) return;
  await appendContactEvent(tx, {
    eventId: uuidv7(now),
    siteId,
    contactId,
    name: `${created ? "subscribeFromApi" : "subscribeUpdateFromApi"}${suffix}`,
    occurredAt: now,
    receivedAt: now,
    properties: { ContactId: contactId, ...(contact.email !== undefined && { EmailAddress: contact.email }) },
  });
}

async function ask(optIn: OptIn | undefined, tx: Transaction, { signUp, found, caller }: Done): Promise<void> {
  const { contact, groups, formType } = signUp;
  if (contact.email === undefined) return;
  await optIn?.ask(tx, {
    outcome: found,
    email: contact.email,
    visitorId: contact.visitorIds[0],
    languageCode: contact.fields.languageCode ?? undefined,
    groups,
    formType,
    moment: caller.now,
  });
}
