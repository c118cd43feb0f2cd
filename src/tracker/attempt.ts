/** Runs what a hostile page may break. Whatever it throws ends here: nothing of ours reaches the host page. */
export const attempt = <T>(run: () => T): T | undefined => {
  try {
    return run();
  } catch {
    return undefined;
  }
};

/** Listens without ever throwing, and before a page that stops propagation. */
export const listen = <E extends Event>(target: EventTarget, type: string, listener: (event: E) => void): void =>
  target.addEventListener(type, (event) => attempt(() => listener(event as E)), true);

/** A timer whose callback never throws. */
export const later = (run: () => void, milliseconds: number): ReturnType<typeof setTimeout> =>
  setTimeout(() => attempt(run), milliseconds);
