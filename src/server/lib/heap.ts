import { setFlagsFromString } from "node:v8";

/** Per cent of what was in use after a collection that may be added before the next. */
const GROWTH = 100;

/**
 * Collects garbage of some age earlier than V8 would by itself, which lets it grow to four times what is in use: under load
 * most of a busy server's memory was requests long answered (bench/README.md). To be called before anything else.
 */
export function boundGarbage(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
