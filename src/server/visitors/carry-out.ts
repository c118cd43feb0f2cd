import type { IdentifyMessage, ResetMessage, SubscribeMessage } from "../../contract/messages.ts";
import type { Transaction } from "../db/database.ts";
import {
  closeVisitor,
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
import { crossOff, type WaitingMessage } from "./inbox-store.ts";

/** What a valid identity token says. */
export interface TokenContent {
  readonly externalCustomerId: string;
  readonly email?: string | undefined;
}

export interface CarryOutDeps extends IdentityDeps {
  readonly clock: Clock;
  readonly sites: Pick<Sites, "findSite">;
  readonly carryOutSubscribe: (subscribing: Subscribing) => Promise<IdentityOutcome>;
  /** Undefined: the token proves nothing (forged, expired, for another site or another visitor). */
  readonly readToken: (
    token: string,
    expected: { readonly site: Site; readonly visitorId: string },
  ) => Promise<TokenContent | undefined>;
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
    const request = await this.#requestOf(message);
    return ended(await resolveWithin(this.#deps, request, (tx, outcome) => this.#crossOff(tx, outcome)));
  }

  async #requestOf(message: IdentifyMessage): Promise<IdentityRequest> {
    const token = (message.token ?? "").trim();
    const { visitorId } = message;
    const proven = token === "" ? undefined : await this.#deps.readToken(token, { site: this.#site, visitorId });
    const { firstName, lastName, languageCode, attributes } = message;
    return {
      // A token that proves nothing leaves what anybody could have said without one.
      trust: proven === undefined ? "claim" : "signed",
      verb: "identify",
      externalCustomerId: proven === undefined ? message.externalCustomerId : proven.externalCustomerId,
      email: proven === undefined ? message.email : proven.email,
      phone: message.phone,
      visitorIds: [visitorId],
      fields: { firstName, lastName, languageCode, attributes },
      moment: this.#waiting.occurredAt,
      receivedAt: this.#waiting.receivedAt,
      mode: this.#site.identify,
      contactSource: "TRACKER",
      cause: this.#cause(message.url),
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
