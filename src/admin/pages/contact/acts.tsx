import { useState } from "preact/hooks";
import type { ContactCard } from "../../../contract/admin.ts";
import { api, personAddress } from "../../api.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";

interface Props {
  readonly card: ContactCard;
  readonly name: string;
  reload(): Promise<void>;
}

export function Acts(props: Props) {
  return (
    <div class="page-actions">
      {may("contacts.download") && (
        <a class="button" href={personAddress(props.card.id)} title={t("contact.export.hint")} download>
          <Icon name="download" />
          {t("contact.export")}
        </a>
      )}
      {may("contacts.write") && <Deletion {...props} />}
    </div>
  );
}

/** Deleting asks nothing beforehand where it can be taken back; where it cannot, it says so first. */
function Deletion({ card, name, reload }: Props) {
  const { busy, error, run } = useAction();
  const [asking, setAsking] = useState(false);
  const canComeBack = card.externalCustomerId !== null;
  const restore = () =>
    run(async () => {
      await api.restoreContact(card.id);
      await reload();
      showToast(t("contact.restore.done", { name }));
    });
  const remove = () =>
    run(async () => {
      setAsking(false);
      await api.deleteContact(card.id);
      await reload();
      showToast(t("contact.delete.done", { name }), canComeBack ? () => void restore() : undefined);
    });
  if (card.status === "deleted" && !canComeBack) return null;
  return (
    <>
      {card.status === "live" ? (
        <button
          type="button"
          class="button"
          disabled={busy}
          onClick={() => (canComeBack ? void remove() : setAsking(true))}
        >
          <Icon name="trash" />
          {t("contact.delete")}
        </button>
      ) : (
        <button type="button" class="button" disabled={busy} onClick={() => void restore()}>
          <Icon name="restore" />
          {t("contact.restore")}
        </button>
      )}
      {error !== undefined && <Failure error={error} />}
      {asking && (
        <Dialog title={t("contact.delete.title", { name })} close={() => setAsking(false)}>
          <p>{t("contact.delete.hint")}</p>
          <div class="dialog-actions">
            <button type="button" class="button" onClick={() => setAsking(false)}>
              {t("act.cancel")}
            </button>
            <button type="button" class="button danger" onClick={() => void remove()}>
              {t("contact.delete")}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
