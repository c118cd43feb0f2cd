interface Window {
  backstory: { (command: string, ...args: unknown[]): void; q?: unknown[] };
}
