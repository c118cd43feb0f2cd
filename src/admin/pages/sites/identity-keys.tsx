import { useState } from "preact/hooks";
import type { CreatedIdentityKey, IdentityKey, NewIdentityKey } from "../../../contract/admin/identity-keys.ts";
import type { Site } from "../../../contract/admin/sites.ts";
import { api } from "../../api.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Copyable, Snippet } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextArea, valueOf } from "../../ui/field.tsx";
import { Failure, Skeleton, Time } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { signingExample } from "./snippets.ts";

type Open = { readonly kind: "public" } | { readonly kind: "revoke"; readonly key: IdentityKey };

/** The keys with which the site's back end vouches for its visitors. */
export function IdentityKeys({ site }: { readonly site: Site }) {
  const { value, error, reload } = useResource(`identity-keys ${site.id}`, () => api.identityKeys(site.id));
  const [created, setCreated] = useState<CreatedIdentityKey>();
  const [open, setOpen] = useState<Open>();
  const { busy, error: refused, run } = useAction();
  const close = () => setOpen(undefined);
  const done = (now: CreatedIdentityKey | undefined) => {
    setCreated(now);
    close();
    void reload();
  };
  const create = (wanted: NewIdentityKey) => run(async () => done(await api.createIdentityKey(site.id, wanted)));
  return (
    <section class="card" aria-labelledby="identity-keys-title">
      <h2 id="identity-keys-title">{t("identityKeys.title")}</h2>
      <p class="muted">{t("identityKeys.lead")}</p>
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={1} />}
      {created !== undefined && <NewKey created={created} site={site} />}
      {value !== undefined && value.keys.length > 0 && (
        <KeyTable keys={value.keys} revoke={(key) => setOpen({ kind: "revoke", key })} />
      )}
      {refused !== undefined && open === undefined && <Failure error={refused} />}
      {may("sites.write") && (
        <div class="actions">
          <button type="button" class="button" disabled={busy} onClick={() => void create({ algorithm: "HS256" })}>
            {t("identityKeys.create")}
          </button>
          <button type="button" class="button" onClick={() => setOpen({ kind: "public" })}>
            {t("identityKeys.upload")}
          </button>
        </div>
      )}
      {open?.kind === "public" && <PublicKeyDialog site={site} close={close} done={done} />}
      {open?.kind === "revoke" && (
        <RevokeDialog site={site} identityKey={open.key} close={close} done={() => done(undefined)} />
      )}
    </section>
  );
}

/** Stays until one leaves the page: a secret is shown this once. */
function NewKey({ created, site }: { readonly created: CreatedIdentityKey; readonly site: Site }) {
  const { key, secret } = created;
  return (
    <div class="new-identity-key" role="status">
      {secret !== null && (
        <>
          <p>
            <strong>{t("identityKeys.secret")}</strong>
          </p>
          <Snippet text={secret} />
        </>
      )}
      <p>{t("identityKeys.example")}</p>
      <Snippet text={signingExample({ siteKey: site.key, keyId: key.id, algorithm: key.algorithm })} />
    </div>
  );
}

function KeyTable({ keys, revoke }: { readonly keys: readonly IdentityKey[]; revoke(key: IdentityKey): void }) {
  return (
    <table class="table keys-table">
      <thead>
        <tr>
          <th scope="col">{t("identityKeys.column.id")}</th>
          <th scope="col">{t("identityKeys.column.algorithm")}</th>
          <th scope="col">{t("keys.column.created")}</th>
          <th scope="col">
            <span class="off-screen">{t("keys.revoke")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <td data-label={t("identityKeys.column.id")}>
              <Copyable text={key.id} length={20} />
            </td>
            <td data-label={t("identityKeys.column.algorithm")}>{t(`identityKeys.algorithm.${key.algorithm}`)}</td>
            <td data-label={t("keys.column.created")} class="nowrap">
              <Time at={key.createdAt} />
            </td>
            <td class="cell-action">
              {key.revokedAt !== null && <span class="muted">{t("identityKeys.revoked")}</span>}
              {key.revokedAt === null && may("sites.write") && (
                <button type="button" class="button small" onClick={() => revoke(key)}>
                  {t("keys.revoke")}
                  <span class="off-screen"> {key.id}</span>
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface PublicKeyProps {
  readonly site: Site;
  close(): void;
  done(created: CreatedIdentityKey): void;
}

function PublicKeyDialog({ site, close, done }: PublicKeyProps) {
  const { busy, error, run } = useAction();
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const publicKey = valueOf(event.currentTarget, "publicKey");
    void run(async () => done(await api.createIdentityKey(site.id, { algorithm: "EdDSA", publicKey })));
  }
  return (
    <Dialog title={t("identityKeys.upload")} close={close}>
      <form onSubmit={onSubmit}>
        <TextArea
          label={t("identityKeys.public")}
          hint={t("identityKeys.public.hint")}
          name="publicKey"
          rows={5}
          required
          maxLength={2000}
          spellcheck={false}
        />
        {error !== undefined && <Failure error={error} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={close}>
            {t("act.cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            {t("identityKeys.upload")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface RevokeProps {
  readonly site: Site;
  readonly identityKey: IdentityKey;
  close(): void;
  done(): void;
}

function RevokeDialog({ site, identityKey, close, done }: RevokeProps) {
  const { busy, error, run } = useAction();
  const revoke = () =>
    run(async () => {
      await api.revokeIdentityKey(site.id, identityKey.id);
      showToast(t("identityKeys.revoked"));
      done();
    });
  return (
    <Dialog title={t("identityKeys.revoke.title")} close={close}>
      <p>{t("identityKeys.revoke.hint")}</p>
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
