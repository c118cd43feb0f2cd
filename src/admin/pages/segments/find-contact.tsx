import { useState } from "preact/hooks";
import type { ContactRow } from "../../../contract/admin/contacts.ts";
import { api } from "../../api.ts";
import { t } from "../../text/index.ts";
import { valueOf } from "../../ui/field.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { nameOf } from "../contacts/name.ts";

export const calledAs = (contact: ContactRow): string => nameOf(contact, contact.email?.value ?? contact.phone?.value);

/** Finds one contact by whatever is known of it. Of several found, one is chosen. */
export function FindContact({ label, found }: { readonly label: string; found(contact: ContactRow): void }) {
  const { busy, error, run } = useAction();
  const [several, setSeveral] = useState<readonly ContactRow[]>();
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const form = event.currentTarget;
    const q = valueOf(form, "q").trim();
    if (q === "") return;
    void run(async () => {
      const { contacts } = await api.contacts({ q });
      const [only] = contacts;
      setSeveral(contacts.length === 1 ? undefined : contacts);
      if (contacts.length !== 1 || only === undefined) return;
      form.reset();
      found(only);
    });
  }
  return (
    <div class="find-contact">
      <form onSubmit={onSubmit} class="inline-form" aria-label={label}>
        <input name="q" aria-label={label} placeholder={t("segment.find")} maxLength={254} autocomplete="off" />
        <button type="submit" class="button" disabled={busy}>
          {t("segment.find.submit")}
        </button>
      </form>
      {error !== undefined && <Failure error={error} />}
      {several?.length === 0 && (
        <p class="small muted" role="status">
          {t("segment.find.none")}
        </p>
      )}
      {several !== undefined && several.length > 0 && (
        <div role="group" aria-label={t("segment.find.several")}>
          <p class="small muted">{t("segment.find.several")}</p>
          <ul class="plain find-several">
            {several.slice(0, 10).map((contact) => (
              <li key={contact.id}>
                <button
                  type="button"
                  class="button small"
                  onClick={() => {
                    setSeveral(undefined);
                    found(contact);
                  }}
                >
                  <bdi>{calledAs(contact)}</bdi>
                  <span class="muted">#{contact.id}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
