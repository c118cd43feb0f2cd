import { useEffect, useRef, useState } from "preact/hooks";
import { api, ApiError } from "../../api.ts";
import { noteRefusal } from "../../session.ts";
import { isFull, NOTHING, receive, reveal, type Stream } from "./stream.ts";

const ASK_EVERY = 2_000;

export interface Watching {
  readonly stream: Stream;
  /** The first answer is there. */
  readonly begun: boolean;
  /** Messages come faster than they are fetched. */
  readonly behind: boolean;
  readonly error: ApiError | undefined;
  /** Shows what waits. */
  show(): void;
  /** Leaves out what lies between, and goes on with the latest. */
  jump(): void;
}

/** Asks for what came, as long as somebody looks. `still()`: what is shown must not move now. */
export function useStream(still: () => boolean): Watching {
  const [stream, setStream] = useState<Stream>(NOTHING);
  const [state, setState] = useState<{ begun: boolean; behind: boolean; error: ApiError | undefined }>({
    begun: false,
    behind: false,
    error: undefined,
  });
  const place = useRef<string>();
  const held = useRef(NOTHING);
  const isStill = useRef(still);
  isStill.current = still;
  const put = (next: Stream) => setStream((held.current = next));

  async function ask(): Promise<boolean> {
    const from = place.current;
    const page = await api.live({ ...(from !== undefined && { after: from }) });
    // Somebody jumped meanwhile.
    if (place.current !== from) return true;
    place.current = page.next;
    const received = receive(held.current, page.messages);
    put(from === undefined || !isStill.current() ? reveal(received) : received);
    setState({ begun: true, behind: page.more, error: undefined });
    return page.more;
  }

  useEffect(() => {
    let timer: number | undefined;
    let over = false;
    async function round(): Promise<void> {
      const rests = document.visibilityState !== "visible" || isFull(held.current);
      let more = false;
      if (!rests)
        try {
          more = await ask();
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          noteRefusal(error);
          setState((old) => ({ ...old, error }));
        }
      if (!over) timer = window.setTimeout(() => void round(), more ? 0 : ASK_EVERY);
    }
    void round();
    return () => {
      over = true;
      window.clearTimeout(timer);
    };
  }, []);

  return {
    stream,
    ...state,
    show: () => put(reveal(held.current)),
    jump() {
      place.current = undefined;
      put(NOTHING);
    },
  };
}
