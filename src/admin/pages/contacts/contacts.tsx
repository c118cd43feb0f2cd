import { useEffect, useRef } from "preact/hooks";
import type { ContactRow } from "../../../contract/admin.ts";
import { api } from "../../api.ts";
import { href, navigate, query } from "../../router.ts";
import { counted, t } from "../../text/index.ts";
import { Copyable } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, NotSet, PageHead, Skeleton, Status, Time } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";
import { initialsOf, nameOf } from "./name.ts";

export function ContactsPage() {
  const q = query.value.get("q") ?? "";
  const after = query.value.get("after") ?? "";
  const { value, error, loading, reload } = useResource(`contacts ${after} ${q}`, () =>
    api.contacts({ ...(q && { q }), ...(after && { after }) }),
  );
  return (
    <>
      <PageHead
        title={t("contacts.title")}
        {...(value && value.total > 0 && { lead: counted(q ? "contacts.found" : "contacts.count", value.total) })}
      >
        <a class="button" href={href("/contacts/fields")}>
          <Icon name="list" />
          {t("fields.link")}
        </a>
      </PageHead>
      <Search q={q} />
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={8} />}
      {value !== undefined && value.contacts.length > 0 && (
        <div class={loading ? "is-loading" : undefined}>
          <List contacts={value.contacts} />
          <nav class="paging" aria-label={t("contacts.title")}>
            {after && <a class="button" href={href("/contacts", { q })} children={t("contacts.first")} />}
            {value.next !== null && (
              <a class="button" href={href("/contacts", { q, after: value.next })} children={t("contacts.next")} />
            )}
          </nav>
        </div>
      )}
      {value !== undefined && value.contacts.length === 0 && <Nobody q={q} />}
    </>
  );
}

function Search({ q }: { readonly q: string }) {
  const field = useRef<HTMLInputElement>(null);
  // The field follows the address bar, also when Back changes it.
  useEffect(() => {
    if (field.current !== null) field.current.value = q;
  }, [q]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest("input, textarea, select") !== null;
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  function onSubmit(event: Event) {
    event.preventDefault();
    navigate(href("/contacts", { q: field.current?.value.trim() }));
  }
  return (
    <form class="search" role="search" onSubmit={onSubmit}>
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        aria-label={t("contacts.search")}
        placeholder={t("contacts.search.hint")}
        maxLength={254}
        defaultValue={q}
        enterkeyhint="search"
      />
      <kbd aria-hidden="true">/</kbd>
      <button type="submit" class="button primary">
        {t("contacts.search.submit")}
      </button>
    </form>
  );
}

function List({ contacts }: { readonly contacts: readonly ContactRow[] }) {
  return (
    <table class="table contacts-table">
      <thead>
        <tr>
          <th scope="col">{t("contacts.column.who")}</th>
          <th scope="col">{t("contacts.column.email")}</th>
          <th scope="col">{t("contacts.column.phone")}</th>
          <th scope="col">{t("contacts.column.externalId")}</th>
          <th scope="col">{t("contacts.column.created")}</th>
        </tr>
      </thead>
      <tbody>
        {contacts.map((contact) => (
          <Row key={contact.id} contact={contact} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ contact }: { readonly contact: ContactRow }) {
  const name = nameOf(contact, contact.email?.value ?? contact.phone?.value);
  return (
    <tr>
      <td>
        <div class="cell-who">
          <span class="avatar" aria-hidden="true">
            {initialsOf(name)}
          </span>
          <a class="row-link" href={href(`/contacts/${contact.id}`)}>
            <bdi>{name}</bdi>
          </a>
        </div>
      </td>
      <AddressCell label={t("contacts.column.email")} address={contact.email} />
      <AddressCell label={t("contacts.column.phone")} address={contact.phone} />
      <td data-label={t("contacts.column.externalId")}>
        {contact.externalCustomerId === null ? <NotSet /> : <Copyable text={contact.externalCustomerId} length={20} />}
      </td>
      <td data-label={t("contacts.column.created")} class="nowrap">
        <Time at={contact.createdAt} />
      </td>
    </tr>
  );
}

function AddressCell({ label, address }: { readonly label: string; readonly address: ContactRow["email"] }) {
  if (address === null)
    return (
      <td data-label={label}>
        <NotSet />
      </td>
    );
  return (
    <td data-label={label}>
      <span class="address">
        <bdi class="cut" title={address.value}>
          {address.value}
        </bdi>
        <Status status={address.status} />
      </span>
    </td>
  );
}

function Nobody({ q }: { readonly q: string }) {
  if (q)
    return (
      <Empty icon="search" title={t("contacts.none", { q })}>
        <p>{t("contacts.none.hint")}</p>
        <a class="button" href={href("/contacts")}>
          {t("contacts.search.clear")}
        </a>
      </Empty>
    );
  return (
    <Empty icon="contacts" title={t("contacts.empty")}>
      <p>{t("contacts.empty.hint")}</p>
      <a class="button primary" href={href("/sites")}>
        {t("contacts.empty.action")}
      </a>
    </Empty>
  );
}
