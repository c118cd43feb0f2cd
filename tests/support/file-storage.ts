import { readFile, rename, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DeviceStorage } from "../../src/device/api.ts";

/** A file an entry, written whole or not at all: a storage for Node. */
export function fileStorage(folder: string): DeviceStorage {
  const fileOf = (key: string): string => join(folder, encodeURIComponent(key));
  return {
    get: (key) => readFile(fileOf(key), "utf8").catch(() => null),
    async set(key, value) {
      await writeFile(`${fileOf(key)}.new`, value);
      await rename(`${fileOf(key)}.new`, fileOf(key));
    },
    remove: (key) => unlink(fileOf(key)).catch(() => undefined),
  };
}
