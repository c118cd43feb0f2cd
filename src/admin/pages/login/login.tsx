import type { ComponentChildren } from "preact";
import { api } from "../../api.ts";
import { session } from "../../session.ts";
import { LanguageChoice } from "../../shell.tsx";
import { t } from "../../text/index.ts";
import { Field, valueOf } from "../../ui/field.tsx";
import { Mark } from "../../ui/icon.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";

/** The frame of what is shown before anybody is let in. */
export function Gate({ title, lead, children }: { title: string; lead: string; children: ComponentChildren }) {
  return (
    <main class="gate">
      <div class="gate-card">
        <div class="gate-brand">
          <Mark />
          <span>Backstory</span>
        </div>
        <h1 tabIndex={-1}>{title}</h1>
        <p class="lead">{lead}</p>
        {children}
      </div>
      <LanguageChoice />
    </main>
  );
}

export function LoginPage({ ended }: { readonly ended: boolean }) {
  const { busy, error, run } = useAction();
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const form = event.currentTarget;
    void run(async () => {
      const me = await api.logIn({ login: valueOf(form, "login"), password: valueOf(form, "password") });
      session.value = { kind: "in", me };
    });
  }
  return (
    <Gate title={t("login.title")} lead={t(ended ? "login.ended" : "login.lead")}>
      <form onSubmit={onSubmit}>
        <Field label={t("login.name")} name="login" autocomplete="username" autocapitalize="none" required autofocus />
        <Field label={t("login.password")} name="password" type="password" autocomplete="current-password" required />
        {error !== undefined && <Failure error={error} />}
        <button type="submit" class="button primary wide" disabled={busy}>
          {t("login.submit")}
        </button>
      </form>
      <p class="small muted">{t("login.firstTime")}</p>
    </Gate>
  );
}
