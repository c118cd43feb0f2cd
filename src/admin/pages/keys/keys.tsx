import { useState } from "preact/hooks";
import type { ApiKey, CreatedApiKey } from "../../../contract/admin/api-keys.ts";
import { api } from "../../api.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { BackToSettings } from "../../ui/back.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, PageHead, Skeleton, Time } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { NewKeyDialog, NewSecret } from "./new-key.tsx";

type Open = { readonly kind: "create" } | { readonly kind: "rotate" | "revoke"; readonly key: ApiKey };

export function KeysPage() {
  const { value, error, reload } = useResource("keys", api.keys);
  const [open, setOpen] = useState<Open>();
  const [created, setCreated] = useState<CreatedApiKey>();
  const close = () => setOpen(undefined);
  const show = (key: CreatedApiKey) => {
    setCreated(key);
    close();
    void reload();
  };
  return (
    <>
      <BackToSettings />
      <PageHead title={t("keys.title")} lead={t("keys.lead")}>
        {may("keys.write") && (
          <button type="button" class="button primary" onClick={() => setOpen({ kind: "create" })}>
            <Icon name="plus" />
            {t("keys.add")}
          </button>
        )}
      </PageHead>
      {created !== undefined && <NewSecret created={created} />}
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={3} />}
      {value?.keys.length === 0 && (
        <Empty icon="keys" title={t("keys.empty")}>
          <p>{t("keys.empty.hint")}</p>
        </Empty>
      )}
      {value !== undefined && value.keys.length > 0 && <KeyTable keys={value.keys} open={setOpen} />}
      {open?.kind === "create" && value !== undefined && (
        <NewKeyDialog scopes={value.scopes} close={close} done={show} />
      )}
      {open?.kind === "rotate" && <RotateDialog apiKey={open.key} close={close} done={show} />}
      {open?.kind === "revoke" && (
        <RevokeDialog
          apiKey={open.key}
          close={close}
          done={() => {
            if (created?.key.id === open.key.id) setCreated(undefined);
            close();
            void reload();
          }}
        />
      )}
    </>
  );
}

function KeyTable({ keys, open }: { readonly keys: readonly ApiKey[]; open(what: Open): void }) {
  return (
    <table class="table keys-table">
      <thead>
        <tr>
          <th scope="col">{t("keys.column.name")}</th>
          <th scope="col">{t("keys.column.ending")}</th>
          <th scope="col">{t("keys.column.scopes")}</th>
          <th scope="col">{t("keys.column.created")}</th>
          <th scope="col">{t("keys.column.used")}</th>
          <th scope="col">
            <span class="off-screen">{t("keys.revoke")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <td>
              <strong>
                <bdi>{key.name}</bdi>
              </strong>
            </td>
            <td data-label={t("keys.column.ending")} class="mono nowrap">
              …{key.ending}
            </td>
            <td data-label={t("keys.column.scopes")} class="small">
              {key.scopes.join(", ")}
            </td>
            <td data-label={t("keys.column.created")} class="nowrap">
              <Time at={key.createdAt} />
            </td>
            <td data-label={t("keys.column.used")} class="nowrap">
              {key.lastUsedAt === null ? <span class="not-set">{t("value.never")}</span> : <Time at={key.lastUsedAt} />}
            </td>
            <td class="cell-action">
              {may("keys.write") && (
                <span class="acts">
                  <button type="button" class="button small" onClick={() => open({ kind: "rotate", key })}>
                    {t("keys.rotate")}
                    <span class="off-screen"> {key.name}</span>
                  </button>
                  <button type="button" class="button small" onClick={() => open({ kind: "revoke", key })}>
                    {t("keys.revoke")}
                    <span class="off-screen"> {key.name}</span>
                  </button>
                </span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Two keys live side by side, so that nothing stops while the new one is put in. */
function RotateDialog({
  apiKey: { id, name },
  close,
  done,
}: {
  readonly apiKey: ApiKey;
  close(): void;
  done(created: CreatedApiKey): void;
}) {
  const { busy, error, run } = useAction();
  const rotate = () => run(async () => done(await api.rotateKey(id)));
  return (
    <Dialog title={t("keys.rotate.title", { name })} close={close}>
      <p>{t("keys.rotate.hint")}</p>
      {error !== undefined && <Failure error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={close}>
          {t("act.cancel")}
        </button>
        <button type="button" class="button primary" disabled={busy} onClick={() => void rotate()}>
          {t("keys.create")}
        </button>
      </div>
    </Dialog>
  );
}

function RevokeDialog({ apiKey, close, done }: { readonly apiKey: ApiKey; close(): void; done(): void }) {
  const { busy, error, run } = useAction();
  const revoke = () =>
    run(async () => {
      await api.revokeKey(apiKey.id);
      showToast(t("keys.revoked", { name: apiKey.name }));
      done();
    });
  return (
    <Dialog title={t("keys.revoke.title", { name: apiKey.name })} close={close}>
      <p>{t("keys.revoke.hint")}</p>
      {error !== undefined && <Failure error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={close}>
          {t("act.cancel")}
        </button>
        <button type="button" class="button danger" disabled={busy} onClick={() => void revoke()}>
          {t("keys.revoke")}
        </button>
      </div>
    </Dialog>
  );
}
