import { Type, type Static } from "typebox";
import { MessageId, SiteKey, VisitorId } from "./identifiers.ts";

const Text = (maxLength: number) => Type.String({ maxLength });
/** Milliseconds since 1970 by the sender's clock. The server corrects it by the batch's `sentAt`. */
const Time = Type.Number();
const Properties = Type.Record(Type.String({ maxLength: 200 }), Type.Unknown());

const common = {
  /** Minted once, kept through every retry: what makes delivery exactly-once in effect. */
  id: MessageId,
  visitorId: VisitorId,
  at: Time,
  /** `false`: recorded without consent to attach; never joins a contact's history. */
  attachable: Type.Optional(Type.Literal(false)),
};
const place = {
  url: Type.Optional(Text(4096)),
  title: Type.Optional(Text(1024)),
  referrer: Type.Optional(Text(4096)),
  properties: Type.Optional(Properties),
};
/** Who a browser says it is: a claim until proven. */
const person = {
  externalCustomerId: Type.Optional(Type.Union([Type.String(), Type.Number()])),
  email: Type.Optional(Type.String()),
  phone: Type.Optional(Type.String()),
  firstName: Type.Optional(Text(100)),
  lastName: Type.Optional(Text(100)),
  languageCode: Type.Optional(Text(35)),
  attributes: Type.Optional(Properties),
};

export const PageMessage = Type.Object({ ...common, type: Type.Literal("page"), ...place });
export const TrackMessage = Type.Object({
  ...common,
  type: Type.Literal("track"),
  name: Type.String({ minLength: 1, maxLength: 100 }),
  ...place,
});
export const IdentifyMessage = Type.Object({
  ...common,
  type: Type.Literal("identify"),
  ...person,
  /** Identity token (JWT) signed by the site's back end. Empty counts as missing. */
  token: Type.Optional(Type.String({ maxLength: 4096 })),
  /** `true`: makes no contact of somebody unknown; the history attaches when the back end makes one. */
  onlyRemember: Type.Optional(Type.Boolean()),
  url: Type.Optional(Text(4096)),
});
export const SubscribeMessage = Type.Object({
  ...common,
  type: Type.Literal("subscribe"),
  ...person,
  /** Names of the lists asked for. */
  groups: Type.Optional(Type.Array(Text(100), { maxItems: 20 })),
  /** What the visitor agreed to, for the proof of consent. */
  form: Type.Optional(Type.Object({ id: Type.Optional(Text(100)), text: Type.Optional(Text(4096)) })),
  url: Type.Optional(Text(4096)),
});
export const ConsentMessage = Type.Object({
  ...common,
  type: Type.Literal("consent"),
  state: Type.Union([Type.Literal("granted"), Type.Literal("denied")]),
});
/** Logout: the visitor's open binding closes at `at`. */
export const ResetMessage = Type.Object({ ...common, type: Type.Literal("reset") });

export type PageMessage = Static<typeof PageMessage>;
export type TrackMessage = Static<typeof TrackMessage>;
export type IdentifyMessage = Static<typeof IdentifyMessage>;
export type SubscribeMessage = Static<typeof SubscribeMessage>;
export type ConsentMessage = Static<typeof ConsentMessage>;
export type ResetMessage = Static<typeof ResetMessage>;
export type Message = PageMessage | TrackMessage | IdentifyMessage | SubscribeMessage | ConsentMessage | ResetMessage;

/** What surrounds every message of the batch: the same browser sent them all. */
export const BatchContext = Type.Object({
  library: Type.Optional(Text(50)),
  language: Type.Optional(Text(35)),
  timeZone: Type.Optional(Text(64)),
  /** Width x height of the screen in CSS pixels, e.g. `390x844`. */
  screen: Type.Optional(Text(20)),
});

/** The envelope of `POST /v1/messages`. Each message is checked by itself, so that a bad one harms no other. */
export const Batch = Type.Object({
  site: SiteKey,
  sentAt: Time,
  context: Type.Optional(BatchContext),
  /** Messages the tracker's bounded queue had to drop since its last batch. */
  dropped: Type.Optional(Type.Integer({ minimum: 0 })),
  /**
   * Domain that the sender's visitor cookie was set for, empty for a cookie of this host alone: a cookie renewed by HTTP
   * must have the same, or the browser holds two of one name.
   */
  cookieDomain: Type.Optional(Text(253)),
  messages: Type.Array(Type.Unknown(), { minItems: 1 }),
});
export type BatchContext = Static<typeof BatchContext>;
export interface Batch {
  readonly site: SiteKey;
  readonly sentAt: number;
  readonly context?: BatchContext;
  readonly dropped?: number;
  readonly cookieDomain?: string;
  readonly messages: readonly Message[];
}

/** 200 of `POST /v1/messages`: everything not listed under `rejected` is stored (or was stored before). */
export const BatchAnswer = Type.Object({
  accepted: Type.Integer(),
  rejected: Type.Array(
    Type.Object({
      /** Position in the batch, from 0. */
      index: Type.Integer(),
      /** A word for machines, e.g. `invalid_email`. */
      code: Type.String(),
      /** A sentence for people. */
      reason: Type.String(),
    }),
  ),
});
export type BatchAnswer = Static<typeof BatchAnswer>;
