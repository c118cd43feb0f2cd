import type { CreatedApiKey } from "../../../contract/admin/api-keys.ts";
import { api } from "../../api.ts";
import { known, t } from "../../text/index.ts";
import { Snippet } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, valueOf } from "../../ui/field.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";

interface Props {
  /** All that a key can be given. */
  readonly scopes: readonly string[];
  close(): void;
  done(created: CreatedApiKey): void;
}

/** What the back end of a shop needs; the rest is asked for. */
const USUAL = new Set(["contacts:write", "contacts:read", "events"]);

export function NewKeyDialog({ scopes, close, done }: Props) {
  const { busy, error, run } = useAction();
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const form = event.currentTarget;
    const chosen = new FormData(form).getAll("scope").map(String);
    void run(async () => done(await api.createKey({ name: valueOf(form, "name").trim(), scopes: chosen })));
  }
  return (
    <Dialog title={t("keys.add")} close={close}>
      <form onSubmit={onSubmit}>
        <Field label={t("keys.name")} hint={t("keys.name.hint")} name="name" required maxLength={100} autofocus />
        <fieldset>
          <legend>{t("keys.scopes")}</legend>
          {scopes.map((scope) => (
            <label key={scope} class="choice">
              <input type="checkbox" name="scope" value={scope} defaultChecked={USUAL.has(scope)} />
              <span>
                <strong>{scopeName(scope)}</strong>
                <span class="small muted mono">{scope}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {error !== undefined && <Failure error={error} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={close}>
            {t("act.cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            {t("keys.create")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function scopeName(scope: string): string {
  const key = known(`keys.scope.${scope}`);
  return key === undefined ? scope : t(key);
}

/** Stays on the page until one leaves it. */
export function NewSecret({ created }: { readonly created: CreatedApiKey }) {
  return (
    <section class="card secret" aria-labelledby="secret-title">
      <h2 id="secret-title">{t("keys.secret")}</h2>
      <p class="muted">{t("keys.secret.hint")}</p>
      <Snippet text={created.secret} />
    </section>
  );
}
