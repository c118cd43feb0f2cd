import { api } from "../../api.ts";
import { href, navigate } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Field, valueOf } from "../../ui/field.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure, PageHead } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";

export function NewSitePage() {
  const { busy, error, run } = useAction();
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const form = event.currentTarget;
    void run(async () => {
      const site = await api.createSite({ name: valueOf(form, "name"), url: valueOf(form, "url").trim() || null });
      showToast(t("sites.created", { name: site.name }));
      navigate(href(`/sites/${site.id}`), "replace");
    });
  }
  return (
    <>
      <a class="back" href={href("/sites")}>
        <Icon name="back" />
        {t("sites.title")}
      </a>
      <PageHead title={t("sites.add")} lead={t("sites.add.lead")} />
      <form class="card narrow" onSubmit={onSubmit}>
        <Field label={t("sites.name")} name="name" required maxLength={100} autofocus />
        <Field label={t("sites.url")} hint={t("sites.url.hint")} name="url" type="url" inputMode="url" />
        {error !== undefined && <Failure error={error} />}
        <button type="submit" class="button primary" disabled={busy}>
          {t("sites.create")}
        </button>
      </form>
    </>
  );
}
