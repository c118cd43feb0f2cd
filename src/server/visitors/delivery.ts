import type { Instant, MessageId, SiteId } from "../../contract/identifiers.ts";
import type { BatchContext, IdentifyMessage, ResetMessage, SubscribeMessage } from "../../contract/messages.ts";
import type { Origin } from "./origin.ts";

/** What the rows of one batch have in common: written and parsed once. */
export interface EventEnvelope {
  readonly siteId: SiteId;
  readonly receivedAt: Instant;
  /** JSON text. */
  readonly context: string;
}

/** One row of `event`; what is JSON there is JSON text here. `index`: position in its batch. */
export interface EventRow {
  readonly index: number;
  readonly envelope: EventEnvelope;
  readonly eventId: MessageId;
  readonly visitorId: string;
  readonly name: string;
  readonly occurredAt: Instant;
  readonly url: string | undefined;
  readonly title: string | undefined;
  readonly referrer: string | undefined;
  readonly properties: string | undefined;
  readonly attachable: boolean;
}

/** What a browser said about a person. */
export type PersonMessage = IdentifyMessage | SubscribeMessage | ResetMessage;

/** One row of `identity_message`, the durable inbox. */
export interface IdentityMessageRow {
  readonly index: number;
  readonly messageId: MessageId;
  readonly siteId: SiteId;
  readonly visitorId: string;
  readonly type: PersonMessage["type"];
  readonly occurredAt: Instant;
  readonly receivedAt: Instant;
  readonly payload: string;
  readonly origin: string;
}

/** One row of `rejected`: what was not taken and why, for somebody to repair. */
export interface RejectedRow {
  readonly index: number;
  readonly siteId: SiteId;
  readonly receivedAt: Instant;
  readonly code: string;
  readonly reason: string;
  /** JSON text, like the envelope. */
  readonly message: string;
  readonly envelope: string;
}

/** What a rejected message shared with its batch: enough to take it as if it had come right. */
export interface RejectedEnvelope {
  readonly sentAt: number;
  readonly receivedAt: Instant;
  readonly context?: BatchContext | undefined;
  readonly origin: Origin;
  /** The first address of the sender's network. */
  readonly ip?: string | undefined;
  readonly optedOut: boolean;
}

/** What one batch wants stored: all of it before the batch is answered. */
export interface Delivery {
  readonly events: readonly EventRow[];
  readonly identityMessages: readonly IdentityMessageRow[];
  readonly rejected: readonly RejectedRow[];
  /** Bytes of the body it came in, for the bounds on what waits. */
  readonly bytes: number;
}
