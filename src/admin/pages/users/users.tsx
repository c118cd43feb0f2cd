import { useState } from "preact/hooks";
import type { OneTimePassword, User } from "../../../contract/admin/users.ts";
import { api } from "../../api.ts";
import { may, session } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Snippet } from "../../ui/copy.tsx";
import { BackToSettings } from "../../ui/back.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure, PageHead, Skeleton, Time } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { NewUserDialog, RoleChoice } from "./new-user.tsx";
import { RemoveUserDialog } from "./remove-user.tsx";

type Open = { readonly kind: "create" } | { readonly kind: "remove"; readonly user: User };

/** Who may log in, and as what. */
export function UsersPage() {
  const { value, error, reload } = useResource("users", api.users);
  const [open, setOpen] = useState<Open>();
  const [handed, setHanded] = useState<OneTimePassword>();
  const close = () => setOpen(undefined);
  const hand = (password: OneTimePassword) => {
    setHanded(password);
    close();
    void reload();
  };
  return (
    <>
      <BackToSettings />
      <PageHead title={t("users.title")} lead={t("users.lead")}>
        {may("users.write") && (
          <button type="button" class="button primary" onClick={() => setOpen({ kind: "create" })}>
            <Icon name="plus" />
            {t("users.add")}
          </button>
        )}
      </PageHead>
      {handed !== undefined && <HandedPassword handed={handed} />}
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={3} />}
      {value !== undefined && (
        <UserTable
          users={value.users}
          reset={hand}
          changed={() => void reload()}
          remove={(user) => setOpen({ kind: "remove", user })}
        />
      )}
      {open?.kind === "create" && <NewUserDialog close={close} done={hand} />}
      {open?.kind === "remove" && (
        <RemoveUserDialog
          user={open.user}
          close={close}
          done={() => {
            close();
            void reload();
          }}
        />
      )}
    </>
  );
}

/** Stays on the page until one leaves it. */
function HandedPassword({ handed }: { readonly handed: OneTimePassword }) {
  return (
    <section class="card secret" aria-labelledby="handed-title">
      <h2 id="handed-title">{t("users.handed", { login: handed.login })}</h2>
      <p class="muted">{t("users.handed.hint")}</p>
      <Snippet text={handed.oneTimePassword} />
    </section>
  );
}

interface TableProps {
  readonly users: readonly User[];
  reset(password: OneTimePassword): void;
  changed(): void;
  remove(user: User): void;
}

function UserTable({ users, ...acts }: TableProps) {
  return (
    <table class="table keys-table">
      <thead>
        <tr>
          <th scope="col">{t("users.column.login")}</th>
          <th scope="col">{t("users.column.role")}</th>
          <th scope="col">{t("users.column.seen")}</th>
          <th scope="col">{t("users.column.created")}</th>
          <th scope="col">
            <span class="off-screen">{t("users.column.acts")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <UserRow key={user.id} user={user} {...acts} />
        ))}
      </tbody>
    </table>
  );
}

function UserRow({ user, reset, changed, remove }: { readonly user: User } & Omit<TableProps, "users">) {
  const { busy, error, run } = useAction();
  const me = session.value.kind === "in" ? session.value.me.login : "";
  const isMe = user.login === me;
  const setRole = (role: User["role"]) =>
    run(async () => {
      await api.changeUser(user.id, { role });
      showToast(t("users.changed", { login: user.login, role: t(`role.${role}`) }));
      changed();
    });
  const newPassword = () => run(async () => reset(await api.resetPassword(user.id)));
  return (
    <tr>
      <td>
        <strong>
          <bdi>{user.login}</bdi>
        </strong>
        {isMe && <span class="small muted"> · {t("users.you")}</span>}
        {error !== undefined && <Failure error={error} />}
      </td>
      <td data-label={t("users.column.role")}>
        {may("users.write") ? (
          <RoleChoice
            label={t("users.role.of", { login: user.login })}
            value={user.role}
            choose={(role) => void setRole(role)}
          />
        ) : (
          t(`role.${user.role}`)
        )}
      </td>
      <td data-label={t("users.column.seen")} class="nowrap">
        {user.lastLoginAt === null ? <span class="not-set">{t("value.never")}</span> : <Time at={user.lastLoginAt} />}
      </td>
      <td data-label={t("users.column.created")} class="nowrap">
        <Time at={user.createdAt} />
      </td>
      <td class="cell-action">
        {may("users.write") && !isMe && (
          <>
            <button type="button" class="button small" disabled={busy} onClick={() => void newPassword()}>
              {t("users.reset")}
              <span class="off-screen"> {user.login}</span>
            </button>{" "}
            <button type="button" class="button small" onClick={() => remove(user)}>
              {t("users.remove")}
              <span class="off-screen"> {user.login}</span>
            </button>
          </>
        )}
      </td>
    </tr>
  );
}
