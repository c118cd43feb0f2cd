import { openClock } from "../client/clock.ts";
import { NOBODY } from "../client/nobody.ts";
import type { Device, DeviceOptions, DeviceStatus, Dropped, Groups, Person, UserAttributes } from "./api.ts";
import { deviceEntry, deviceIdOf, eventEntry, userEntry, type Entry, type State } from "./calls.ts";
import { cleanCopy } from "./clean-text.ts";
import { openJournal } from "./journal.ts";
import { mintId, platformFetch, platformRandom } from "./platform.ts";
import { makeRoom } from "./room.ts";
import { openSender } from "./sender.ts";
import { send } from "./transport.ts";

const MAX_ENTRY_CHARACTERS = 32 * 1024;

/** What one call of a public function changes: the time is given when it enters the queue, after everything before it. */
type Step = (
  state: State,
  stamp: () => number,
  queue: readonly Entry[],
) => { readonly state?: State; readonly entries: readonly Entry[] };

interface Waiting {
  readonly step: Step;
  readonly at: number;
  readonly kept: () => void;
}

/** The public functions take their arguments apart at once and queue a step; steps are kept one after the other. */
export function openDevice(options: DeviceOptions): Device {
  const { key, storage, accounts = "one", now = Date.now, fetch = platformFetch } = options;
  const random = options.random ?? platformRandom();
  const host = options.host.replace(/\/+$/, "");
  const waiting: Waiting[] = [];
  const stamp = openClock();
  let droppedUnsaved = 0;
  let keeping: Promise<void> | undefined;

  const drop = (dropped: Dropped): void => {
    droppedUnsaved += 1;
    try {
      (options.onDropped ?? warn)(dropped);
    } catch {
      // The app's own trouble.
    }
  };
  const unreadable = (text: string): void =>
    drop({ reason: "unreadable", sentence: "An entry of the storage is damaged.", what: text });

  const opening = openJournal<Entry, State>(storage, unreadable).then((journal) => {
    const sender = openSender({
      entries: journal.entries,
      forget: journal.forget,
      send: (path, body) => send(fetch, { url: `${host}/api/v1/${path}`, key, body }),
      onRefused: (entries, sentence) => entries.forEach((what) => drop({ reason: "refused", sentence, what })),
      now,
      chance: () => (random(1)[0] ?? 0) / 256,
    });
    let state: State = journal.note() ?? { id: mintId(random), facts: {}, accounts, dropped: 0, last: 0 };
    stamp(state.last);
    state = { ...state, accounts, facts: { ...state.facts, ...options.device } };
    return { journal, sender, state };
  });

  const keep = async (): Promise<void> => {
    const opened = await opening;
    const { journal, sender } = opened;
    for (let batch = waiting.splice(0); batch.length > 0; batch = waiting.splice(0)) {
      const entries: Entry[] = [];
      for (const { step, at } of batch) {
        const taken = step(opened.state, () => stamp(at, "strictly"), journal.entries());
        entries.push(...taken.entries);
        opened.state = taken.state ?? opened.state;
      }
      const surplus = makeRoom(journal.entries(), entries, sender.isUnderway);
      for (const what of surplus)
        drop({ reason: "full", sentence: "The queue was full, and this was its oldest event.", what });
      await journal.forget(surplus);
      opened.state = { ...opened.state, last: stamp(now()), dropped: opened.state.dropped + droppedUnsaved };
      droppedUnsaved = 0;
      await journal.append(entries, opened.state);
      batch.forEach(({ kept }) => kept());
    }
    // At once, or what comes just now would wait for the next call.
    keeping = undefined;
    sender.kick();
  };

  const take = (step: Step): Promise<void> =>
    new Promise((kept) => {
      waiting.push({ step, at: now(), kept });
      keeping ??= keep();
    });

  /** `make` runs at once, so that what the app does with its objects afterwards changes nothing. */
  const say = <Said>(said: Said, make: (copy: Said) => Step | string): Promise<void> => {
    const invalid = (sentence: string): Promise<void> => {
      drop({ reason: "invalid", sentence, what: said });
      return Promise.resolve();
    };
    try {
      const copy = cleanCopy(said);
      if (JSON.stringify(copy).length > MAX_ENTRY_CHARACTERS) return invalid("It is larger than 32 KB.");
      const step = make(copy);
      return typeof step === "string" ? invalid(step) : take(step);
    } catch (error) {
      return invalid(error instanceof Error ? error.message : "It is nothing that JSON can carry.");
    }
  };

  void take(register);

  return {
    track: (name, params = {}) =>
      say({ name, params }, (event) => {
        if (typeof event.name !== "string" || event.name.trim() === "" || event.name.length > 100)
          return "An event needs a name of at most 100 characters.";
        return (state, time) => ({ entries: [eventEntry(state, time(), event)] });
      }),
    identify: (person) => say(person, login),
    updateUserAttributes: (attributes, groups) =>
      say({ attributes, groups }, (said) => (state, time) => ({ entries: [userEntry(state, time(), said)] })),
    setAnonymousUserAttributes: (attributes, groups) => say({ attributes, groups }, anonymous),
    setPushToken: (token, subscribed) =>
      say({ token, subscribed }, (push) => (state, time) => {
        const next = { ...state, push: { ...push, token: push.token ?? "" } };
        return { state: next, entries: [deviceEntry(next, time())] };
      }),
    logout: () =>
      take((state, time) => {
        const { user, ...nobody } = state;
        if (user === undefined) return { entries: [] };
        const next = accounts === "several" ? nobody : { ...nobody, id: mintId(random) };
        return { state: next, entries: [deviceEntry(next, time())] };
      }),
    async flush() {
      await keeping;
      await (await opening).sender.flush();
    },
    async status(): Promise<DeviceStatus> {
      await keeping;
      const { journal, sender, state } = await opening;
      return {
        deviceId: deviceIdOf(state),
        externalId: state.user,
        pending: journal.entries().length,
        dropped: state.dropped + droppedUnsaved,
        problem: sender.problem(),
      };
    },
    async close() {
      const { sender } = await opening;
      await sender.close();
      await keeping;
    },
  };
}

/** An app that is started again and again without a network says it once. */
const register: Step = (state, time, queue) => {
  const entry = deviceEntry(state, time());
  const said = queue.filter(({ kind }) => kind === "device").at(-1);
  return { entries: said !== undefined && saysTheSame(said, entry) ? [] : [entry] };
};

function anonymous({ attributes, groups }: { attributes: UserAttributes; groups: Groups | undefined }): Step {
  const { email: _, phone: __, ...rest } = attributes;
  return ({ user: ___, ...nobody }, time) => ({ entries: [userEntry(nobody, time(), { attributes: rest, groups })] });
}

function login({ externalId, ...attributes }: Person): Step | string {
  const user = String(externalId ?? "").trim();
  if (NOBODY.test(user)) return "It names nobody: externalId is needed, and not a word for nobody.";
  return (state, time) => {
    const next = { ...state, user };
    const { email, phone, ...others } = attributes;
    // This call alone identifies; the other follows when there is more to say.
    const device = deviceEntry(next, time(), { email, phone });
    const more = Object.keys(others).length > 0 ? [userEntry(next, time(), { attributes })] : [];
    return { state: next, entries: [device, ...more] };
  };
}

function saysTheSame(one: Entry, other: Entry): boolean {
  if (one.kind !== "device" || other.kind !== "device") return false;
  const text = ({ occurred: _, ...body }: Readonly<Record<string, unknown>>): string =>
    JSON.stringify(Object.entries(cleanCopy(body)).sort(([a], [b]) => (a < b ? -1 : 1)));
  return text(one.body) === text(other.body);
}

function warn(dropped: Dropped): void {
  console.warn("backstory:", dropped.sentence, dropped.what);
}
