/** What is wrong with a message: a word for machines, a sentence for people. */
export interface Fault {
  readonly code: string;
  readonly reason: string;
}

const MAX_DEPTH = 32;
const MAX_KEYS = 1_000;
const MAX_KEY_BYTES = 200;
const MAX_TEXT_BYTES = 8 * 1024;

/** NUL, which PostgreSQL has no place for, and halves of surrogate pairs, which would all become the same bytes. */
const ILL_FORMED = /\0|\p{Cs}/u;
const ALL_ILL_FORMED = /\0|\p{Cs}/gu;

/** In these a replaced character would make two people one, so they are refused instead of repaired. */
const IDENTIFIERS = ["externalCustomerId", "email", "phone", "token"] as const;

export interface Inspection {
  readonly fault?: Fault;
  /** Characters that cannot be stored were replaced by U+FFFD. */
  readonly repaired: boolean;
}

/**
 * Measures one parsed message against the limits, and repairs its text in place. A loop with its own stack: the depth is
 * the sender's choice, the call stack is not. `escapes`: the body had `\u` in it, the only way to ill-formed text.
 */
export function inspect(message: object, escapes: boolean): Inspection {
  const identifiers: Readonly<Partial<Record<(typeof IDENTIFIERS)[number], unknown>>> = message;
  const bad = escapes ? IDENTIFIERS.find((name) => isIllFormed(identifiers[name])) : undefined;
  const walk = new Walk(escapes);
  const fault = walk.over(message);
  if (fault !== undefined) return { fault, repaired: walk.repaired };
  if (bad === undefined) return { repaired: walk.repaired };
  const code = bad === "email" ? "invalid_email" : "invalid_identifier";
  return { fault: { code, reason: `"${bad}" has characters that no text may have.` }, repaired: walk.repaired };
}

const isIllFormed = (value: unknown): boolean => typeof value === "string" && ILL_FORMED.test(value);

class Walk {
  repaired = false;
  readonly #escapes: boolean;
  #keys = 0;
  #next: object[] = [];

  constructor(escapes: boolean) {
    this.#escapes = escapes;
  }

  /** Level by level, so that the depth is the number of rounds. */
  over(root: object): Fault | undefined {
    let level: object[] = [root];
    for (let depth = 1; level.length > 0; depth += 1) {
      if (depth > MAX_DEPTH) return { code: "too_deep", reason: `Nested deeper than ${MAX_DEPTH} levels.` };
      this.#next = [];
      for (const node of level) {
        const fault = Array.isArray(node) ? this.#array(node) : this.#object(node as Record<string, unknown>);
        if (fault !== undefined) return fault;
      }
      level = this.#next;
    }
    return undefined;
  }

  #array(items: unknown[]): Fault | undefined {
    for (let index = 0; index < items.length; index += 1) {
      const value = items[index];
      const fault = this.#value(value);
      if (fault !== undefined) return fault;
      if (this.#escapes && isIllFormed(value)) items[index] = this.#repair(String(value));
    }
    return undefined;
  }

  #object(node: Record<string, unknown>): Fault | undefined {
    const keys = Object.keys(node);
    this.#keys += keys.length;
    if (this.#keys > MAX_KEYS) return { code: "too_many_keys", reason: `It has more than ${MAX_KEYS} keys.` };
    for (const key of keys) {
      if (isLonger(key, MAX_KEY_BYTES))
        return { code: "key_too_long", reason: `A key is longer than ${MAX_KEY_BYTES} bytes: "${key.slice(0, 40)}…".` };
      const value = node[key];
      const fault = this.#value(value);
      if (fault !== undefined) return fault;
      if (this.#escapes) this.#repairEntry(node, key, value);
    }
    return undefined;
  }

  #value(value: unknown): Fault | undefined {
    if (typeof value === "object" && value !== null) this.#next.push(value);
    else if (typeof value === "number" && !Number.isFinite(value))
      return { code: "number_out_of_range", reason: "It has a number too large to be kept." };
    else if (typeof value === "string" && isLonger(value, MAX_TEXT_BYTES))
      return { code: "text_too_long", reason: `It has a text longer than ${MAX_TEXT_BYTES / 1024} KB.` };
    return undefined;
  }

  #repairEntry(node: Record<string, unknown>, key: string, value: unknown): void {
    const badKey = isIllFormed(key);
    const badValue = isIllFormed(value);
    if (!badKey && !badValue) return;
    if (badKey) delete node[key];
    // Never by assignment: a repaired key may read `__proto__`.
    Object.defineProperty(node, badKey ? this.#repair(key) : key, {
      value: badValue ? this.#repair(String(value)) : value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }

  #repair(text: string): string {
    this.repaired = true;
    return text.replace(ALL_ILL_FORMED, "\uFFFD");
  }
}

/** No UTF-16 unit takes more than three bytes, so most text need not be measured. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}
