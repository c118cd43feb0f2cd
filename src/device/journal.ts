import type { DeviceStorage } from "./api.ts";

/** What nobody has acknowledged yet, and a note that goes with it. Survives the end of the app at any moment. */
export interface Journal<Entry, Note> {
  /** Oldest first. */
  entries(): readonly Entry[];
  /** As of the last append; undefined: the first start, or the storage does not answer. */
  note(): Note | undefined;
  /** Entries and note are kept together or not at all. */
  append(entries: readonly Entry[], note: Note): Promise<void>;
  forget(entries: readonly Entry[]): Promise<void>;
}

interface Page<Entry, Note> {
  readonly number: number;
  entries: readonly Entry[];
  /** Undefined: it was damaged, and none before it is known. */
  readonly note: Note | undefined;
  /** The storage did not take it; the next append tries again, so that no page is missing between others. */
  unsaved: boolean;
}

/** Where the first page is that matters. */
interface Head<Note> {
  readonly next: number;
  readonly note?: Note | undefined;
}

const PREFIX = "backstory.";
const HEAD = `${PREFIX}head`;
const pageKey = (number: number): string => `${PREFIX}${number}`;

/**
 * Opens the journal. A storage that knows only get, set and remove has no list of what is in it, so pages are numbered
 * without a gap and the head names the first: it moves on before pages are removed, never after.
 */
export async function openJournal<Entry, Note>(
  storage: DeviceStorage,
  onUnreadable: (text: string) => void,
): Promise<Journal<Entry, Note>> {
  const { head, pages, answers } = await load<Entry, Note>(storage, onUnreadable);
  let first = head.next;
  let latest = pages.at(-1)?.note ?? head.note;
  let turn: Promise<void> = Promise.resolve();

  const write = async (key: string, value: unknown): Promise<boolean> => {
    // What does not answer may hold everything, so nothing of it is written over.
    if (!answers) return false;
    try {
      await storage.set(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  };
  const save = async (page: Page<Entry, Note>): Promise<void> => {
    const { entries, note } = page;
    page.unsaved = !(await write(pageKey(page.number), { entries, note }));
  };

  const append = async (entries: readonly Entry[], note: Note): Promise<void> => {
    const open = pages.at(-1);
    const page = open?.unsaved
      ? { ...open, entries: [...open.entries, ...entries], note }
      : { number: open ? open.number + 1 : first, entries, note, unsaved: true };
    if (open?.unsaved) pages.pop();
    pages.push(page);
    latest = note;
    await save(page);
  };

  const forget = async (gone: ReadonlySet<Entry>): Promise<void> => {
    const touched = pages.filter((page) => page.entries.some((entry) => gone.has(entry)));
    for (const page of touched) page.entries = page.entries.filter((entry) => !gone.has(entry));
    const used = pages.findIndex((page) => page.entries.length > 0 || page.unsaved);
    const done = pages.slice(0, used < 0 ? pages.length : used);
    for (const page of touched) if (!done.includes(page)) await save(page);
    const last = done.at(-1);
    if (last === undefined) return;
    // The pages still matter until the head has moved on.
    if (!(await write(HEAD, { next: last.number + 1, note: last.note }))) return;
    pages.splice(0, done.length);
    first = last.number + 1;
    for (const { number } of done) await quietly(() => storage.remove(pageKey(number)));
  };

  const inTurn = (work: () => Promise<void>): Promise<void> => (turn = turn.then(work));
  return {
    entries: () => pages.flatMap((page) => page.entries),
    note: () => latest,
    append: (entries, note) => inTurn(() => append(entries, note)),
    forget: (entries) => inTurn(() => forget(new Set(entries))),
  };
}

async function load<Entry, Note>(storage: DeviceStorage, onUnreadable: (text: string) => void) {
  const parse = <T>(text: string, otherwise: T): T => {
    try {
      return JSON.parse(text) as T;
    } catch {
      onUnreadable(text);
      return otherwise;
    }
  };
  const pages: Page<Entry, Note>[] = [];
  let head: Head<Note> = { next: 0 };
  try {
    const text = await storage.get(HEAD);
    if (text != null) head = parse(text, head);
    for (let number = head.next; ; number += 1) {
      const page = await storage.get(pageKey(number));
      if (page == null) break;
      const { entries = [], note = pages.at(-1)?.note ?? head.note } = parse<Partial<Page<Entry, Note>>>(page, {});
      pages.push({ entries, note, number, unsaved: false });
    }
    await removeLeftOver(storage, head.next);
    return { head, pages, answers: true };
  } catch {
    return { head, pages, answers: false };
  }
}

/** Pages that the head has left behind, where the app ended before they were removed. */
async function removeLeftOver(storage: DeviceStorage, next: number): Promise<void> {
  for (let number = next - 1; number >= 0 && (await storage.get(pageKey(number))) != null; number -= 1)
    await storage.remove(pageKey(number));
}

async function quietly(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch {
    // A page that stays is removed at the next start.
  }
}
