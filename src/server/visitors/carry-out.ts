import type { IdentifyMessage, ResetMessage, SubscribeMessage } from "../../contract/messages.ts";
import type { Transaction } from "../db/database.ts";
import {
  closeVisitor,
  FAULT_SENTENCES,
  resolveSigned,
  resolveWithin,
  retried,
  type IdentityDeps,
  type IdentityOutcome,
  type IdentityRequest,
} from "../identity/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Site, Sites } from "../sites/index.ts";
import type { Subscribing } from "../subscriptions/index.ts";
import type { CarriedOut } from "./inbox.ts";
import { crossOff, noteRejected, type WaitingMessage } from "./inbox-store.ts";

export interface CarryOutDeps extends IdentityDeps {
  readonly clock: Clock;
  readonly sites: Pick<Sites, "findSite">;
  readonly carryOutSubscribe: (subscribing: Subscribing) => Promise<IdentityOutcome>;
}

/** Carries out one message of the inbox: its effect and crossing it off are one transaction. */
export function createCarryOut(deps: CarryOutDeps): (waiting: WaitingMessage) => Promise<CarriedOut> {
  return async (waiting) => {
    const site = await deps.sites.findSite(waiting.siteId);
    if (site === undefined) return { kind: "refused", code: "unknown_site", reason: "Its site is gone." };
    try {
      return await new OneMessage(deps, waiting, site).carryOut();
    } catch (error) {
      if (error instanceof NotNow) return { kind: "notNow" };
      throw error;
    }
  };
}

/** Rolls a transaction back whose message is not to be carried out now. */
class NotNow extends Error {}

class OneMessage {
  readonly #deps: CarryOutDeps;
  readonly #waiting: WaitingMessage;
  readonly #site: Site;

  constructor(deps: CarryOutDeps, waiting: WaitingMessage, site: Site) {
    this.#deps = deps;
    this.#waiting = waiting;
    this.#site = site;
  }

  carryOut(): Promise<CarriedOut> {
    const message = this.#waiting.payload;
    switch (message.type) {
      case "identify":
        return this.#identify(message);
      case "subscribe":
        return this.#subscribe(message);
      case "reset":
        return this.#reset(message);
    }
  }

  async #identify(message: IdentifyMessage): Promise<CarriedOut> {
    const { token = "", visitorId } = message;
    if (token.trim() === "") return this.#claim(message);
    const { receivedAt } = this.#waiting;
    const { siteId } = this.#site;
    const request = this.#requestOf(message);
    const signed = { token, siteId, sourceId: visitorId, receivedAt, request };
    const outcome = await resolveSigned(this.#deps, signed, (tx, found) => this.#crossOff(tx, found));
    return outcome.kind === "rejected" ? this.#distrust(message, FAULT_SENTENCES[outcome.reason]) : ended(outcome);
  }

  /** A token that proves nothing leaves what anybody could have said without one; the site's owner is told. */
  async #distrust(message: IdentifyMessage, fault: string): Promise<CarriedOut> {
    const namesSomebody = [message.externalCustomerId, message.email, message.phone].some(
      (name) => name !== undefined && String(name).trim() !== "",
    );
    if (this.#site.identify === "signed" || !namesSomebody)
      return { kind: "refused", code: "invalid_token", reason: fault };
    const { token: _token, ...said } = message;
    const reason = `${fault} What the message says was taken as unsigned.`;
    const { siteId, receivedAt } = this.#waiting;
    return this.#claim(said, (tx) => noteRejected(tx, { siteId, receivedAt, code: "invalid_token", reason, said }));
  }

  async #claim(message: IdentifyMessage, alongside?: (tx: Transaction) => Promise<void>): Promise<CarriedOut> {
    const { receivedAt } = this.#waiting;
    const request = { ...this.#requestOf(message), trust: "claim", receivedAt } as const;
    const outcome = await resolveWithin(this.#deps, request, async (tx, found) => {
      await this.#crossOff(tx, found);
      await alongside?.(tx);
    });
    return ended(outcome);
  }

  #requestOf(message: IdentifyMessage): Omit<IdentityRequest, "trust" | "receivedAt"> {
    const { externalCustomerId, email, phone, visitorId, url } = message;
    const { firstName, lastName, languageCode, attributes } = message;
    return {
      verb: "identify",
      externalCustomerId,
      email,
      phone,
      visitorIds: [visitorId],
      fields: { firstName, lastName, languageCode, attributes },
      moment: this.#waiting.occurredAt,
      mode: this.#site.identify,
      ...(message.onlyRemember === true && { unknownPerson: "remember" as const }),
      contactSource: "TRACKER",
      cause: this.#cause(url),
    };
  }

  async #subscribe(message: SubscribeMessage): Promise<CarriedOut> {
    const outcome = await this.#deps.carryOutSubscribe({
      message,
      moment: this.#waiting.occurredAt,
      receivedAt: this.#waiting.receivedAt,
      site: this.#site,
      origin: this.#waiting.origin,
      alongside: (tx, found) => this.#crossOff(tx, found),
    });
    return ended(outcome);
  }

  async #reset({ visitorId }: ResetMessage): Promise<CarriedOut> {
    await retried(this.#deps.db, async (tx) => {
      await closeVisitor(tx, { visitorId, moment: this.#waiting.occurredAt, cause: this.#cause(undefined) });
      await this.#crossOff(tx);
    });
    return { kind: "done" };
  }

  #cause(url: string | undefined) {
    return { actor: "tracker", requestId: this.#waiting.messageId, siteId: this.#site.siteId, url };
  }

  async #crossOff(tx: Transaction, outcome?: IdentityOutcome): Promise<void> {
    // What is refused is crossed off together with its entry in `rejected`.
    if (outcome?.kind === "refused") return;
    if (!(await crossOff(tx, this.#waiting, this.#deps.clock()))) throw new NotNow();
  }
}

function ended(outcome: IdentityOutcome): CarriedOut {
  if (outcome.kind === "refused") return { kind: "refused", code: outcome.code, reason: outcome.message };
  return { kind: "done" };
}
