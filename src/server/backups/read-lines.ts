import type { Readable } from "node:stream";

const NEWLINE = 10;

/**
 * Reads a stream line by line, or hands on whole blocks of lines: rows of a table need not be looked at one by one.
 * Lines are bytes; in UTF-8 no other character has a byte that looks like a newline.
 */
export class Lines {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: Readable) {
    this.#source = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    return true;
  }

  /** Undefined: the stream has ended. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf(NEWLINE);
      if (end >= 0) {
        const line = this.#rest.subarray(0, end).toString("utf8");
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (!(await this.#more())) return undefined;
    }
  }

  /** Blocks of whole lines up to a line that is exactly `end`, which is taken and not handed on. */
  async *blocksUntil(end: string): AsyncGenerator<Buffer> {
    const mark = Buffer.from(`${end}\n`);
    for (;;) {
      const found = this.#lineStart(mark);
      if (found !== undefined) {
        if (found > 0) yield this.#rest.subarray(0, found);
        this.#rest = this.#rest.subarray(found + mark.length);
        return;
      }
      const whole = this.#rest.lastIndexOf(NEWLINE) + 1;
      if (whole > 0) yield this.#rest.subarray(0, whole);
      this.#rest = this.#rest.subarray(whole);
      if (!(await this.#more())) throw new Error("The file ends in the middle of a table.");
    }
  }

  #lineStart(mark: Buffer): number | undefined {
    for (let from = 0; ;) {
      const found = this.#rest.indexOf(mark, from);
      if (found < 0) return undefined;
      if (found === 0 || this.#rest[found - 1] === NEWLINE) return found;
      from = found + 1;
    }
  }
}
