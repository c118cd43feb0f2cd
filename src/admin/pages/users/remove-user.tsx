import type { User } from "../../../contract/admin/users.ts";
import { api } from "../../api.ts";
import { t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";

export function RemoveUserDialog({ user, close, done }: { readonly user: User; close(): void; done(): void }) {
  const { busy, error, run } = useAction();
  const remove = () =>
    run(async () => {
      await api.removeUser(user.id);
      showToast(t("users.removed", { login: user.login }));
      done();
    });
  return (
    <Dialog title={t("users.remove.title", { login: user.login })} close={close}>
      <p>{t("users.remove.hint")}</p>
      {error !== undefined && <Failure error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={close}>
          {t("act.cancel")}
        </button>
        <button type="button" class="button danger" disabled={busy} onClick={() => void remove()}>
          {t("users.remove")}
        </button>
      </div>
    </Dialog>
  );
}
