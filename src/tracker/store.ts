import { attempt, listen } from "./attempt.ts";

/**
 * The site's entries in localStorage, backed by memory: what this page wrote stays readable when storage is blocked,
 * full, forbidden by the visitor, or cleared by another script.
 */
export interface Store {
  read(key: string): string;
  write(key: string, value: unknown): void;
  remove(key: string): void;
  /** Sorted; `own` leaves out what other pages wrote. */
  keys(prefix: string, own?: "own"): string[];
  /** Takes everything out of storage; what this page wrote stays in memory. */
  withdraw(): void;
}

export const openStore = (site: string, persistent: () => boolean): Store => {
  const scope = `backstory.${site}.`;
  const memory = new Map<string, string>();
  const storage = <T>(use: (storage: Storage) => T): T | undefined =>
    attempt(() => (persistent() ? use(localStorage) : undefined));
  // Another tab has delivered it. An event without a key means that somebody cleared everything: no reason to forget.
  listen<StorageEvent>(window, "storage", ({ key, newValue }) => {
    if (key && !newValue) memory.delete(key);
  });
  return {
    read: (key) => storage((s) => s.getItem(scope + key)) ?? memory.get(scope + key) ?? "",
    write(key, value) {
      memory.set(scope + key, `${value}`);
      storage((s) => s.setItem(scope + key, `${value}`));
    },
    remove(key) {
      memory.delete(scope + key);
      storage((s) => s.removeItem(scope + key));
    },
    keys: (prefix, own) =>
      [...new Set([...memory.keys(), ...((!own && storage(Object.keys)) || [])])]
        .filter((key) => key.startsWith(scope + prefix))
        .map((key) => key.slice(scope.length))
        .sort(),
    withdraw: () => storage((s) => Object.keys(s).forEach((key) => key.startsWith(scope) && s.removeItem(key))),
  };
};
