// What every JavaScript runtime for apps has, although the language itself does not: as much of it as is used here.
declare function setTimeout(run: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;
declare const console: { warn(...what: unknown[]): void };
declare class AbortController {
  readonly signal: unknown;
  abort(): void;
}
