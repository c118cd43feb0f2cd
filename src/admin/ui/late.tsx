import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../text/index.ts";
import { Empty, Skeleton } from "./parts.tsx";

type State<Props> =
  { readonly kind: "waiting" | "missing" } | { readonly kind: "here"; readonly Shown: ComponentType<Props> };

/** A part of the screens whose code comes when it is first shown. */
export function late<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const state = signal<State<Props>>({ kind: "waiting" });
  let asked: Promise<void> | undefined;
  const ask = () =>
    (asked ??= load().then(
      (Shown) => void (state.value = { kind: "here", Shown }),
      () => void (state.value = { kind: "missing" }),
    ));
  return function Late(props: Props) {
    useEffect(() => void ask(), []);
    const current = state.value;
    if (current.kind === "here") return <current.Shown {...props} />;
    return current.kind === "missing" ? <Missing /> : <Skeleton rows={5} />;
  };
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
