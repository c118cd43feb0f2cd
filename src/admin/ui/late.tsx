import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { t } from "../text/index.ts";
import { Empty, Skeleton } from "./parts.tsx";

type State<Props> =
  { readonly kind: "waiting" | "missing" } | { readonly kind: "here"; readonly Shown: ComponentType<Props> };

/** A component whose code comes later. */
export type Late<Props> = ComponentType<Props> & {
  /** Asks for its code before it is shown; resolves when it is there, or is not going to be. */
  begin(): Promise<void>;
};

/** A part of the screens whose code comes when it is first shown. */
export function late<Props extends object>(load: () => Promise<ComponentType<Props>>): Late<Props> {
  const state = signal<State<Props>>({ kind: "waiting" });
  let asked: Promise<void> | undefined;
  const begin = () =>
    (asked ??= load().then(
      (Shown) => void (state.value = { kind: "here", Shown }),
      () => void (state.value = { kind: "missing" }),
    ));
  function Late(props: Props) {
    useLayoutEffect(() => void begin(), []);
    const current = state.value;
    if (current.kind === "here") return <current.Shown {...props} />;
    return current.kind === "missing" ? <Missing /> : <Skeleton rows={5} />;
  }
  return Object.assign(Late, { begin });
}

/** The server cannot be reached, or was given a newer admin in the meantime: a fresh page has the names that are right. */
function Missing() {
  return (
    <Empty alone icon="warning" title={t("app.outdated")}>
      <p>{t("app.outdated.hint")}</p>
      <button type="button" class="button primary" onClick={() => location.reload()}>
        {t("app.reload")}
      </button>
    </Empty>
  );
}
