import type { Segment } from "../../../contract/segments.ts";
import { api } from "../../api.ts";
import { href, navigate } from "../../router.ts";
import { counted, t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, valueOf } from "../../ui/field.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";

interface Props {
  readonly segment: Segment;
  close(): void;
}

export function RenameDialog({ segment, close, done }: Props & { done(segment: Segment): void }) {
  const { busy, error, run } = useAction();
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const name = valueOf(event.currentTarget, "name").trim();
    void run(async () => {
      const renamed = await api.changeSegment(segment.id, { name });
      showToast(t("segment.renamed"));
      done(renamed);
    });
  }
  return (
    <Dialog title={t("segment.rename")} close={close}>
      <form onSubmit={onSubmit}>
        <Field label={t("segments.name")} name="name" required maxLength={255} defaultValue={segment.name} autofocus />
        {error !== undefined && <Failure error={error} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={close}>
            {t("act.cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            {t("act.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function DeleteDialog({ segment, close }: Props) {
  const { busy, error, run } = useAction();
  const size = useResource(`size ${segment.id}`, () => api.segmentSize(segment.id));
  const remove = () =>
    run(async () => {
      await api.deleteSegment(segment.id);
      showToast(t("segment.deleted", { name: segment.name }));
      navigate(href("/segments"), "replace");
    });
  return (
    <Dialog title={t("segment.delete.title", { name: segment.name })} close={close}>
      <p>
        {size.value !== undefined && `${counted("segment.delete.members", size.value.total)} `}
        {t("segment.delete.hint")}
      </p>
      {error !== undefined && <Failure error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={close}>
          {t("act.cancel")}
        </button>
        <button type="button" class="button danger" disabled={busy} onClick={() => void remove()}>
          {t("segment.delete")}
        </button>
      </div>
    </Dialog>
  );
}
