import { useId } from "preact/hooks";
import type { AdminRole } from "../../../contract/admin/session.ts";
import type { OneTimePassword } from "../../../contract/admin/users.ts";
import { api } from "../../api.ts";
import { t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, valueOf } from "../../ui/field.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";

const ROLES: readonly AdminRole[] = ["owner", "marketer", "developer", "viewer"];

interface ChoiceProps {
  readonly label: string;
  readonly value: AdminRole;
  choose(role: AdminRole): void;
}

/** A role of somebody who is there; its label is for those who cannot see the row. */
export function RoleChoice({ label, value, choose }: ChoiceProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={({ currentTarget }) => {
        const role = ROLES.find((known) => known === currentTarget.value);
        if (role !== undefined) choose(role);
      }}
    >
      {ROLES.map((role) => (
        <option key={role} value={role}>
          {t(`role.${role}`)}
        </option>
      ))}
    </select>
  );
}

export function NewUserDialog({ close, done }: { close(): void; done(password: OneTimePassword): void }) {
  const { busy, error, run } = useAction();
  const id = useId();
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const form = event.currentTarget;
    const role = ROLES.find((known) => known === valueOf(form, "role")) ?? "viewer";
    void run(async () => done(await api.createUser({ login: valueOf(form, "login").trim(), role })));
  }
  return (
    <Dialog title={t("users.add")} close={close}>
      <form onSubmit={onSubmit}>
        <Field
          label={t("users.login")}
          hint={t("users.login.hint")}
          name="login"
          required
          maxLength={64}
          autocomplete="off"
          autofocus
        />
        <fieldset>
          <legend>{t("users.column.role")}</legend>
          {ROLES.map((role) => (
            <label key={role} class="choice" for={`${id}-${role}`}>
              <input id={`${id}-${role}`} type="radio" name="role" value={role} defaultChecked={role === "marketer"} />
              <span>
                <strong>{t(`role.${role}`)}</strong>
                <span class="small muted">{t(`users.may.${role}`)}</span>
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
            {t("users.add")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
