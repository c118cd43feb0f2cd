import { useEffect, useRef } from "preact/hooks";

/** Calls again and again while somebody is looking. Undefined: not at all. */
export function useInterval(work: () => void, every: number | undefined): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    if (every === undefined) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") latest.current();
    }, every);
    return () => clearInterval(timer);
  }, [every]);
}
