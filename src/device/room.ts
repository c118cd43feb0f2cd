import type { Entry } from "./calls.ts";

const MAX_ENTRIES = 1_000;
const MAX_CHARACTERS = 1024 * 1024;

/** The oldest events that have to go so that the new entries fit. What says who somebody is never goes. */
export function makeRoom(
  kept: readonly Entry[],
  added: readonly Entry[],
  isUnderway: (entry: Entry) => boolean,
): readonly Entry[] {
  let count = kept.length + added.length - MAX_ENTRIES;
  let size = [...kept, ...added].reduce((sum, entry) => sum + sizeOf(entry), 0) - MAX_CHARACTERS;
  return kept.filter((entry) => {
    if ((count <= 0 && size <= 0) || entry.kind !== "event" || isUnderway(entry)) return false;
    count -= 1;
    size -= sizeOf(entry);
    return true;
  });
}

const sizes = new WeakMap<Entry, number>();

function sizeOf(entry: Entry): number {
  const size = sizes.get(entry) ?? JSON.stringify(entry).length;
  sizes.set(entry, size);
  return size;
}
