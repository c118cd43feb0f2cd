import type { FieldRow } from "../../../contract/admin/fields.ts";
import { api } from "../../api.ts";
import { counted, t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { FieldUse } from "./field-use.tsx";

interface Props {
  readonly field: FieldRow;
  close(): void;
  done(): void;
}

/** Says what goes with the field before it goes. */
export function DeleteFieldDialog({ field, close, done }: Props) {
  const { busy, error, run } = useAction();
  const hindering = field.usedBy.filter(({ hinders }) => hinders);
  const others = field.usedBy.filter(({ hinders }) => !hinders);
  const isUsed = hindering.length > 0;
  const remove = () =>
    run(async () => {
      await api.deleteField(field.id);
      showToast(t("fields.deleted", { name: field.name }));
      done();
    });
  return (
    <Dialog title={t("fields.delete.title", { name: field.name })} close={close}>
      {isUsed ? (
        <>
          <p>{t("fields.delete.used")}</p>
          <Uses uses={hindering} />
        </>
      ) : (
        <>
          <p>{field.contacts === 0 ? t("fields.delete.unused") : counted("fields.delete.hint", field.contacts)}</p>
          {others.length > 0 && (
            <>
              <p>{t("fields.delete.without")}</p>
              <Uses uses={others} />
            </>
          )}
        </>
      )}
      {error !== undefined && <Failure error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={close}>
          {t(isUsed ? "act.close" : "act.cancel")}
        </button>
        {!isUsed && (
          <button type="button" class="button danger" disabled={busy} onClick={() => void remove()}>
            {t("fields.delete")}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function Uses({ uses }: { readonly uses: FieldRow["usedBy"] }) {
  return (
    <ul>
      {uses.map((use) => (
        <li key={`${use.kind} ${use.id ?? use.name}`}>
          <FieldUse use={use} />
        </li>
      ))}
    </ul>
  );
}
