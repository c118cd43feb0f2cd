/**
 * On which line a key stood first. A file of a million rows has millions of keys, so they are kept as numbers of 53
 * bits in typed arrays, 12 bytes each and twice the room. Two keys may share a number once in a thousand such files.
 */
export interface SeenKeys {
  /** The line on which the key stood before; undefined: this is the first. */
  see(key: string, line: number): number | undefined;
}

const EMPTY = 0;

export function seenKeys(): SeenKeys {
  let numbers = new Float64Array(1 << 12);
  let lines = new Uint32Array(1 << 12);
  let count = 0;

  function placeOf(number: number): number {
    const mask = numbers.length - 1;
    let at = (number % numbers.length) & mask;
    while (numbers[at] !== EMPTY && numbers[at] !== number) at = (at + 1) & mask;
    return at;
  }
  function grow(): void {
    const [oldNumbers, oldLines] = [numbers, lines];
    numbers = new Float64Array(oldNumbers.length * 2);
    lines = new Uint32Array(oldNumbers.length * 2);
    oldNumbers.forEach((number, from) => {
      if (number === EMPTY) return;
      const at = placeOf(number);
      numbers[at] = number;
      lines[at] = oldLines[from] ?? 0;
    });
  }
  return {
    see(key, line) {
      const number = numberOf(key);
      const at = placeOf(number);
      if (numbers[at] === number) return lines[at];
      numbers[at] = number;
      lines[at] = line;
      count += 1;
      if (count * 2 > numbers.length) grow();
      return undefined;
    },
  };
}

/** 53 bits of a text, never zero (cyrb53: https://github.com/bryc/code/blob/master/jshash/experimental/cyrb53.js). */
export function numberOf(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0) || 1;
}
