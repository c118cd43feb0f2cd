import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SampleStanding } from "../contract/admin/samples.ts";
import { api, ApiError } from "./api.ts";
import { href, navigate } from "./router.ts";
import { may, noteRefusal } from "./session.ts";
import { counted, t } from "./text/index.ts";
import { Failure } from "./ui/parts.tsx";
import { useAction } from "./ui/resource.ts";
import { showToast } from "./ui/toast.tsx";

const standing = signal<SampleStanding | undefined>(undefined);

/** So often they came or went: each time, what is shown is shown anew. */
export const times = signal(0);

async function look(): Promise<void> {
  try {
    standing.value = await api.samples();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    noteRefusal(error);
  }
}

/** On every screen, as long as invented people are among the contacts: no number may be taken for a real one. */
export function SampleBanner() {
  const { busy, error, run } = useAction();
  useEffect(() => void look(), []);
  if (standing.value?.present !== true) return null;
  const remove = () =>
    run(async () => {
      const { removed, kept } = await api.removeSamples();
      await look();
      showToast(kept > 0 ? counted("samples.removedBut", removed, { kept }) : counted("samples.removed", removed));
      navigate(href("/"));
      times.value += 1;
    });
  return (
    <aside class="note warn samples" aria-label={t("samples.title")}>
      <p>
        <strong>{t("samples.title")}.</strong> {counted("samples.banner", standing.value.contacts)}
      </p>
      {may("contacts.write") && (
        <button type="button" class="button small" disabled={busy} onClick={() => void remove()}>
          {t("samples.remove")}
        </button>
      )}
      {error !== undefined && <Failure error={error} />}
    </aside>
  );
}

/** For an installation where nobody is yet. */
export function LoadSamples() {
  const { busy, error, run } = useAction();
  const load = () =>
    run(async () => {
      standing.value = await api.loadSamples();
      times.value += 1;
    });
  return (
    <div class="load-samples">
      <button type="button" class="button" disabled={busy} onClick={() => void load()}>
        {t(busy ? "samples.loading" : "samples.load")}
      </button>
      <p class="small muted">{t("samples.load.hint")}</p>
      {error !== undefined && <Failure error={error} />}
    </div>
  );
}
