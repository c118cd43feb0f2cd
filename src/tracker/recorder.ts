import type { Message } from "../contract/messages.ts";
import { MAX_MESSAGE_BYTES } from "../contract/wire.ts";
import { notePerson } from "./another-person.ts";
import type { BeforeSend } from "./api.ts";
import { attempt } from "./attempt.ts";
import { bytesOf } from "./bytes-of.ts";
import type { Stamp } from "../client/clock.ts";
import type { Consent } from "./consent.ts";
import { report, trace } from "./log.ts";
import { messageIds } from "./message-id.ts";
import type { Outbox } from "./outbox.ts";
import type { Store } from "./store.ts";
import type { VisitorIds } from "./visitor-id.ts";

/** A message before it gets its id, its visitor and its time. What is undefined is not sent. */
export interface Draft {
  readonly type: Message["type"];
  readonly token?: string | undefined;
  readonly externalCustomerId?: string | number | undefined;
  readonly [field: string]: unknown;
}

export interface RecorderWorld {
  readonly stamp: Stamp;
  readonly consent: Consent;
  readonly store: Store;
  readonly ids: VisitorIds;
  readonly outbox: Outbox;
}

export interface Recorder {
  /** Makes a message of a draft and puts it into the outbox, or keeps it in memory until the visitor decides. */
  record(draft: Draft, at: number): void;
  /** Records, or by now drops, what waited for the decision. */
  release(): void;
  hook(filter: BeforeSend): void;
}

export const openRecorder = ({ stamp, consent, store, ids, outbox }: RecorderWorld): Recorder => {
  const nextId = messageIds();
  const held: [Draft, number][] = [];
  let filter: BeforeSend | undefined;

  const put = (draft: Draft, at: number): void => {
    const id = nextId();
    const attachable = consent.state() === "granted" && !navigator.globalPrivacyControl ? undefined : false;
    const message = { ...draft, id, visitorId: ids.current(), at, attachable };
    const text = attempt(() => (filter?.(message) === false ? "" : JSON.stringify(message)));
    if (text && bytesOf(text) <= MAX_MESSAGE_BYTES) outbox.put(id, text);
    else (text === "" ? trace : report)("not sent", message);
  };

  const record = (draft: Draft, at: number): void => {
    const state = consent.state();
    const { type, token, externalCustomerId } = draft;
    if (state === "required") held.push([draft, at]);
    if (state === "required" || state === "denied") return trace(state, draft);
    if (type === "identify" && notePerson(store, ids.current(), externalCustomerId) && !token) {
      record({ type: "reset" }, at);
      notePerson(store, ids.current(), externalCustomerId);
      at = stamp(at, "strictly");
    }
    put(draft, at);
    if (type === "reset") ids.forget();
  };

  return {
    record,
    release: () => held.splice(0).forEach((waiting) => record(...waiting)),
    hook: (given) => void (filter = given),
  };
};
