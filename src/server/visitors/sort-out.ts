import type { Instant, SiteId } from "../../contract/identifiers.ts";
import type { BatchContext, ConsentMessage, Message, PageMessage, TrackMessage } from "../../contract/messages.ts";
import { MAX_MESSAGE_BYTES } from "../../contract/wire.ts";
import type { IdentifyMode } from "../sites/index.ts";
import { cleanUrl } from "./clean-url.ts";
import { checkMessage } from "./check-message.ts";
import type {
  Delivery,
  EventEnvelope,
  EventRow,
  IdentityMessageRow,
  PersonMessage,
  RejectedEnvelope,
  RejectedRow,
} from "./delivery.ts";
import { inspect, type Fault } from "./inspect.ts";
import { networkAddress, type Origin } from "./origin.ts";
import { correctTime, readableStamp } from "./rules.ts";

/** A batch whose envelope is right and whose site is known; its messages are still anything. */
export interface ReceivedBatch {
  readonly siteId: SiteId;
  readonly mode: IdentifyMode;
  readonly sentAt: number;
  readonly receivedAt: Instant;
  readonly context: BatchContext | undefined;
  readonly origin: Origin;
  /** The sender's address, of which only its network is kept. */
  readonly ip: string;
  /** The browser sent `Sec-GPC: 1`: nothing in this batch may ever be attached to a contact. */
  readonly optedOut: boolean;
  /** The body had `\u` in it: its text may be ill-formed. */
  readonly escapes: boolean;
  readonly bytes: number;
  readonly messages: readonly unknown[];
}

/** What is to be stored of a batch, and what the answer and the cookie need to know. */
export interface SortedBatch extends Delivery {
  readonly visitorIds: ReadonlySet<string>;
  readonly loggedOut: boolean;
}

/** Turns a batch into rows. A message that is wrong is set aside by itself and harms no other. */
export function sortOut(batch: ReceivedBatch): SortedBatch {
  return new Sorter(batch).sorted();
}

class Sorter {
  readonly #batch: ReceivedBatch;
  readonly #events: EventRow[] = [];
  readonly #identityMessages: IdentityMessageRow[] = [];
  readonly #rejected: RejectedRow[] = [];
  readonly #visitorIds = new Set<string>();
  /** Visitors that withdrew consent earlier in this batch. */
  readonly #denied = new Set<string>();
  #loggedOut = false;
  #envelope: EventEnvelope | undefined;

  constructor(batch: ReceivedBatch) {
    this.#batch = batch;
  }

  sorted(): SortedBatch {
    this.#batch.messages.forEach((value, index) => this.#sort(value, index));
    return {
      events: this.#events,
      identityMessages: this.#identityMessages,
      rejected: this.#rejected,
      bytes: this.#batch.bytes,
      visitorIds: this.#visitorIds,
      loggedOut: this.#loggedOut,
    };
  }

  #sort(value: unknown, index: number): void {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return this.#reject(index, { code: "invalid_message", reason: "A message must be an object." }, value);
    const { fault, repaired } = inspect(value, this.#batch.escapes);
    if (fault !== undefined) return this.#reject(index, fault, outline(value));
    if (this.#batch.bytes > MAX_MESSAGE_BYTES && Buffer.byteLength(JSON.stringify(value)) > MAX_MESSAGE_BYTES)
      return this.#reject(index, TOO_LARGE, outline(value));
    const checked = checkMessage(value);
    if ("fault" in checked) return this.#reject(index, checked.fault, value);
    const { message } = checked;
    if (message.type === "identify" && this.#batch.mode === "signed" && (message.token ?? "") === "")
      return this.#reject(index, TOKEN_REQUIRED, value);
    this.#visitorIds.add(message.visitorId);
    this.#accept(index, message, repaired);
  }

  #accept(index: number, message: Message, repaired: boolean): void {
    switch (message.type) {
      case "page":
      case "track":
      case "consent":
        this.#events.push(this.#eventRow(index, message, repaired));
        return;
      case "identify":
      case "subscribe":
      case "reset":
        this.#loggedOut ||= message.type === "reset";
        this.#identityMessages.push(this.#identityMessageRow(index, message));
    }
  }

  #eventRow(index: number, message: PageMessage | TrackMessage | ConsentMessage, repaired: boolean): EventRow {
    const { occurredAt, claimedAt } = this.#time(message);
    const isConsent = message.type === "consent";
    const { url, title, referrer, properties } = isConsent ? CONSENT_PLACE : message;
    const kept = isConsent ? { state: message.state } : properties;
    // One literal: spreading an object into it costs three times what the rest of a row does (bench/README.md).
    return {
      index,
      envelope: this.#envelopeOf(claimedAt, repaired),
      eventId: message.id,
      visitorId: message.visitorId,
      name: message.type === "track" ? message.name : message.type,
      occurredAt,
      url: cleanUrl(url),
      title,
      referrer: cleanUrl(referrer),
      properties: kept === undefined ? undefined : JSON.stringify(kept),
      attachable: this.#isAttachable(message),
    };
  }

  #identityMessageRow(index: number, message: PersonMessage): IdentityMessageRow {
    const { occurredAt, claimedAt } = this.#time(message);
    const claimed = claimedAt === undefined ? {} : { claimedAt: readableStamp(claimedAt) };
    return {
      index,
      messageId: message.id,
      siteId: this.#batch.siteId,
      visitorId: message.visitorId,
      type: message.type,
      occurredAt,
      receivedAt: this.#batch.receivedAt,
      payload: JSON.stringify(message),
      origin: JSON.stringify({
        ip: networkAddress(this.#batch.ip),
        userAgent: this.#batch.origin.userAgent,
        language: this.#batch.context?.language,
        ...claimed,
      }),
    };
  }

  #time(message: Message): ReturnType<typeof correctTime> {
    return correctTime({ at: message.at, sentAt: this.#batch.sentAt, receivedAt: this.#batch.receivedAt });
  }

  /** The whole batch shares one; only what is odd about a message is added to a copy. */
  #envelopeOf(claimedAt: number | undefined, repaired: boolean): EventEnvelope {
    const { siteId, receivedAt, context, origin } = this.#batch;
    this.#envelope ??= { siteId, receivedAt, context: JSON.stringify({ ...context, ...origin }) };
    if (claimedAt === undefined && !repaired) return this.#envelope;
    const odd = {
      ...(claimedAt === undefined ? {} : { claimedAt: readableStamp(claimedAt) }),
      ...(repaired ? { repaired } : {}),
    };
    return { siteId, receivedAt, context: JSON.stringify({ ...context, ...origin, ...odd }) };
  }

  #isAttachable(message: PageMessage | TrackMessage | ConsentMessage): boolean {
    if (message.type === "consent") {
      if (message.state === "denied") this.#denied.add(message.visitorId);
      else this.#denied.delete(message.visitorId);
    }
    return !this.#batch.optedOut && message.attachable !== false && !this.#denied.has(message.visitorId);
  }

  #reject(index: number, fault: Fault, kept: unknown): void {
    const { siteId, receivedAt, sentAt, context, origin, ip, optedOut } = this.#batch;
    const envelope = { sentAt, receivedAt, context, origin, ip: networkAddress(ip), optedOut };
    this.#rejected.push({
      index,
      siteId,
      receivedAt,
      ...fault,
      message: JSON.stringify(kept ?? null),
      envelope: JSON.stringify(envelope satisfies RejectedEnvelope),
    });
  }
}

/** A change of consent happens on no page. */
const CONSENT_PLACE: Pick<PageMessage, "url" | "title" | "referrer" | "properties"> = {};
const TOO_LARGE: Fault = { code: "too_large", reason: `It is larger than ${MAX_MESSAGE_BYTES / 1024} KB.` };
const TOKEN_REQUIRED: Fault = {
  code: "token_required",
  reason: "This site takes identify only with an identity token signed by its back end.",
};

/** A message that breaks a limit is not kept whole: what it was, as far as short plain text tells. */
function outline(message: object): Record<string, string> {
  const kept: Record<string, string> = { note: "Only an outline is kept of a message that breaks a limit." };
  for (const name of ["id", "type", "visitorId", "name"] as const) {
    const value: unknown = Reflect.get(message, name);
    if (typeof value === "string") kept[name] = value.slice(0, 100).replace(/\0|\p{Cs}/gu, "\uFFFD");
  }
  return kept;
}
