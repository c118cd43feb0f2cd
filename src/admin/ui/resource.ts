import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import { noteRefusal } from "../session.ts";
import { answerTo, arrivedAnswerTo, type Wanted } from "./ahead.ts";

export interface Resource<Value> {
  /** The latest that was loaded; stays while a newer one is on its way. */
  readonly value: Value | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  /** Loads again; resolves when done. */
  reload(): Promise<void>;
  /** Puts a value in place that is known already, such as the answer to a change. */
  set(value: Value): void;
}

interface State<Value> {
  readonly key: string;
  readonly value: Value | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
}

function firstState<Value>(wanted: Wanted<Value>): State<Value> {
  const arrived = arrivedAnswerTo(wanted);
  return { key: wanted.key, value: arrived?.value, error: undefined, loading: arrived === undefined };
}

/** Loads what `key` names, again when the key changes. An answer that was overtaken by another is dropped. */
export function useResource<Value>(key: string, load: () => Promise<Value>): Resource<Value> {
  const [state, setState] = useState<State<Value>>(() => firstState({ key, load }));
  const isThere = useRef(!state.loading);
  const latest = useRef(0);
  const loadRef = useRef(load);
  loadRef.current = load;

  const reload = useCallback(async () => {
    const turn = ++latest.current;
    setState((old) => (old.loading ? old : { ...old, loading: true }));
    try {
      const value = await answerTo({ key, load: loadRef.current });
      if (turn === latest.current) setState({ key, value, error: undefined, loading: false });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      noteRefusal(error);
      if (turn === latest.current) setState((old) => ({ ...old, key, error, loading: false }));
    }
  }, [key]);

  // Not after the next frame: what has to be waited for is asked for at once.
  useLayoutEffect(() => {
    if (isThere.current) isThere.current = false;
    else void reload();
    return () => void latest.current++;
  }, [reload]);

  const set = useCallback((value: Value) => setState({ key, value, error: undefined, loading: false }), [key]);
  const { value, error, loading } = state;
  return { value, error: state.key === key ? error : undefined, loading: loading || state.key !== key, reload, set };
}

export function useWanted<Value>({ key, load }: Wanted<Value>): Resource<Value> {
  return useResource(key, load);
}

/** One change at a time: `run` does it, `busy` and `error` say how it goes. */
export function useAction(): {
  readonly busy: boolean;
  readonly error: ApiError | undefined;
  run(work: () => Promise<void>): Promise<void>;
} {
  const [state, setState] = useState<{ busy: boolean; error: ApiError | undefined }>({ busy: false, error: undefined });
  const run = useCallback(async (work: () => Promise<void>) => {
    setState({ busy: true, error: undefined });
    try {
      await work();
      setState({ busy: false, error: undefined });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      noteRefusal(error);
      setState({ busy: false, error });
    }
  }, []);
  return { ...state, run };
}
