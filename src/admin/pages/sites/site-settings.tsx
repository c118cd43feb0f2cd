import { useRef, useState } from "preact/hooks";
import type { IdentifyMode, MobileIdentifyMode, Site, SiteChange } from "../../../contract/admin/sites.ts";
import { api } from "../../api.ts";
import { t } from "../../text/index.ts";
import { Field, TextArea, valueOf } from "../../ui/field.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.tsx";

const MODES: readonly IdentifyMode[] = ["new-contacts", "signed", "open"];
const APP_MODES: readonly MobileIdentifyMode[] = ["open", "signed"];

/** What the form says, as far as it differs from what is stored. */
function changeIn(form: HTMLFormElement, site: Site): SiteChange {
  const name = valueOf(form, "name").trim();
  const url = valueOf(form, "url").trim() || null;
  const identify = MODES.find((mode) => mode === valueOf(form, "identify")) ?? site.identify;
  const mobileIdentify = APP_MODES.find((mode) => mode === valueOf(form, "mobileIdentify")) ?? site.mobileIdentify;
  const lines = valueOf(form, "origins").split("\n");
  const allowedOrigins = lines.map((line) => line.trim()).filter((line) => line !== "");
  return {
    ...(name !== site.name && { name }),
    ...(url !== site.url && { url }),
    ...(identify !== site.identify && { identify }),
    ...(mobileIdentify !== site.mobileIdentify && { mobileIdentify }),
    ...(allowedOrigins.join("\n") !== site.allowedOrigins.join("\n") && { allowedOrigins }),
  };
}

export function SiteSettings({ site, changed }: { readonly site: Site; changed(site: Site): void }) {
  const { busy, error, run } = useAction();
  const [dirty, setDirty] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useUnsaved({ isDirty: dirty, save: () => dirty && form.current?.requestSubmit() });
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const change = changeIn(event.currentTarget, site);
    void run(async () => {
      changed(await api.changeSite(site.id, change));
      setDirty(false);
      showToast(t("act.saved"));
    });
  }
  return (
    <form
      ref={form}
      class="card"
      aria-labelledby="settings-title"
      onSubmit={onSubmit}
      onInput={(event) => setDirty(Object.keys(changeIn(event.currentTarget, site)).length > 0)}
    >
      <h2 id="settings-title">{t("sites.settings")}</h2>
      <Field label={t("sites.name")} name="name" required maxLength={100} defaultValue={site.name} />
      <Field label={t("sites.url")} hint={t("sites.url.hint")} name="url" type="url" defaultValue={site.url ?? ""} />
      <fieldset>
        <legend>{t("sites.mode")}</legend>
        {MODES.map((mode) => (
          <label key={mode} class="choice">
            <input type="radio" name="identify" value={mode} defaultChecked={mode === site.identify} />
            <span>
              <strong>{t(`sites.mode.${mode}`)}</strong>
              <span class="small muted">{t(`sites.mode.${mode}.hint`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>{t("sites.appMode")}</legend>
        {APP_MODES.map((mode) => (
          <label key={mode} class="choice">
            <input type="radio" name="mobileIdentify" value={mode} defaultChecked={mode === site.mobileIdentify} />
            <span>
              <strong>{t(`sites.appMode.${mode}`)}</strong>
              <span class="small muted">{t(`sites.appMode.${mode}.hint`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <TextArea
        label={t("sites.origins")}
        hint={t("sites.origins.hint")}
        name="origins"
        rows={3}
        defaultValue={site.allowedOrigins.join("\n")}
      />
      {error !== undefined && <Failure error={error} />}
      <button type="submit" class="button primary" disabled={busy || !dirty}>
        {t("act.save")}
      </button>
    </form>
  );
}
