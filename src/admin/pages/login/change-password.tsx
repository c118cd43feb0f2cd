import { MIN_PASSWORD_LENGTH } from "../../../contract/wire.ts";
import { api } from "../../api.ts";
import { href, navigate } from "../../router.ts";
import { logOut, session } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Field, valueOf } from "../../ui/field.tsx";
import { Failure, PageHead } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { Gate } from "./login.tsx";

function PasswordForm({ currentLabel, done }: { readonly currentLabel: string; done(): void }) {
  const { busy, error, run } = useAction();
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const form = event.currentTarget;
    void run(async () => {
      const me = await api.changePassword({ current: valueOf(form, "current"), next: valueOf(form, "next") });
      session.value = { kind: "in", me };
      done();
    });
  }
  return (
    <form onSubmit={onSubmit}>
      <Field label={currentLabel} name="current" type="password" autocomplete="current-password" required autofocus />
      <Field
        label={t("password.next")}
        hint={t("password.rule", { count: MIN_PASSWORD_LENGTH })}
        name="next"
        type="password"
        autocomplete="new-password"
        minLength={MIN_PASSWORD_LENGTH}
        maxLength={256}
        required
      />
      {error !== undefined && <Failure error={error} />}
      <button type="submit" class="button primary wide" disabled={busy}>
        {t("password.submit")}
      </button>
    </form>
  );
}

/** After the first log-in: nothing else is open before the one-time password is replaced. */
export function ForcedPasswordPage() {
  return (
    <Gate title={t("password.forced")} lead={t("password.forced.lead")}>
      <PasswordForm currentLabel={t("password.oneTime")} done={() => undefined} />
      <button type="button" class="link" onClick={() => void logOut()}>
        {t("login.out")}
      </button>
    </Gate>
  );
}

export function ChangePasswordPage() {
  function done() {
    showToast(t("password.changed"));
    navigate(href("/"));
  }
  return (
    <>
      <PageHead title={t("password.title")} lead={t("password.everywhere")} />
      <section class="card narrow">
        <PasswordForm currentLabel={t("password.current")} done={done} />
      </section>
    </>
  );
}
