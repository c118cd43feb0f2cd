import { useEffect, useState } from "preact/hooks";

/** False for the first frame, true from the next: what is not seen at once does not keep what is from being painted. */
export function useSoon(): boolean {
  const [isSoon, setSoon] = useState(false);
  useEffect(() => {
    // An effect may run in the frame that it is to come after.
    const timer = setTimeout(() => setSoon(true));
    return () => clearTimeout(timer);
  }, []);
  return isSoon;
}

/** Lines of a list are at least so high. */
const LINE_HEIGHT = 48;

/** At most so many lines can be seen without scrolling. */
export const linesInView = (): number => Math.ceil(window.innerHeight / LINE_HEIGHT);
