import { useEffect, useRef } from "preact/hooks";
import { href, navigate, query } from "../../router.ts";
import { may } from "../../session.ts";
import { counted, t } from "../../text/index.ts";
import { AsApi } from "../../ui/as-api.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, PageHead, Skeleton } from "../../ui/parts.tsx";
import { useWanted } from "../../ui/resource.ts";
import { BulkBar } from "../acts/bulk-bar.tsx";
import { choiceOf } from "../acts/choice.ts";
import { Beside } from "./beside.tsx";
import { ContactTable } from "./contact-table.tsx";
import { Downloads } from "./downloads.tsx";
import { ListControls, Narrowing } from "./narrowing.tsx";
import { contactCountWanted, contactsWanted, listOf, readListPlace, textsOf, type ContactListPlace } from "./wanted.ts";

export function ContactsPage() {
  const place = readListPlace(query.value);
  const { q, after, narrowing } = place;
  const narrowed = Object.keys(narrowing).length > 0;
  const { value, error, loading, reload } = useWanted(contactsWanted(place));
  const count = useWanted(contactCountWanted(place));
  const list = listOf(place);
  const total = value?.list === list && count.value?.list === list ? count.value.total : undefined;
  const isEmpty = value?.contacts.length === 0;
  const reloadAll = async () => void (await Promise.all([reload(), count.reload()]));
  const kept = textsOf(place);
  const listed = { ...(q && { q }), ...narrowing };
  const choice = choiceOf(`contacts ${list}`, value?.contacts ?? []);
  const failure = error ?? count.error;
  const found = q !== "" || narrowed ? "contacts.found" : "contacts.count";
  const lead = total === undefined ? t("contacts.counting") : counted(found, total);
  // As long as there are no contacts at all, there is nothing to search.
  const isNobodyThere = isEmpty && after === "" && q === "" && !narrowed;
  return (
    <>
      <PageHead title={t("contacts.title")} {...(!isEmpty && failure === undefined && { lead })}>
        <a class="button" href={href("/contacts/subscriptions")}>
          <Icon name="mail" />
          {t("subscriptions.title")}
        </a>
        <a class="button" href={href("/contacts/acts")}>
          <Icon name="action" />
          {t("acts.title")}
        </a>
        <a class="button" href={href("/contacts/fields")}>
          <Icon name="list" />
          {t("fields.link")}
        </a>
        {may("contacts.download") && value !== undefined && !isEmpty && <Downloads of={listed} />}
      </PageHead>
      {!isNobodyThere && (
        <div class="list-head">
          <Search place={place} />
          <ListControls place={place} />
        </div>
      )}
      <Narrowing place={place} />
      {failure !== undefined && <Failure error={failure} retry={() => void reloadAll()} />}
      {value === undefined && error === undefined && <Skeleton rows={8} />}
      {value !== undefined && value.contacts.length > 0 && (
        <div class={loading ? "is-loading" : undefined}>
          {total !== undefined && <BulkBar choice={choice} total={total} listed={listed} changed={reloadAll} />}
          <ContactTable contacts={value.contacts} choice={choice} />
          <nav class="paging" aria-label={t("contacts.title")}>
            {after && <a class="button" href={href("/contacts", kept)} children={t("contacts.first")} />}
            {value.next !== null && (
              <a
                class="button"
                href={href("/contacts", { ...kept, after: value.next })}
                children={t("contacts.next")}
              />
            )}
          </nav>
        </div>
      )}
      {value !== undefined && value.contacts.length === 0 && <Nobody q={q} narrowed={narrowed} />}
      {value !== undefined && !isNobodyThere && <ListAsApi place={place} />}
      <Beside contacts={value?.contacts ?? []} />
    </>
  );
}

/** The API finds by one whole identifier or a name; what is narrowed otherwise is a segment there. */
function ListAsApi({ place: { q, narrowing } }: { readonly place: ContactListPlace }) {
  const search = new URLSearchParams({ maxrows: "100" });
  if (q.includes("@")) search.set("email", q);
  else if (/^\+?[\d\s()-]{7,}$/.test(q)) search.set("sms", q);
  else if (/^\p{L}+$/u.test(q)) search.set("firstname", q);
  else if (q !== "") search.set("externalCustomerId", q);
  const isNarrowed = Object.keys(narrowing).length > 0;
  return (
    <AsApi path={`/api/v1/contacts?${search.toString()}`} {...(isNarrowed && { note: t("contacts.api.narrowed") })} />
  );
}

function Search({ place }: { readonly place: ContactListPlace }) {
  const { q } = place;
  const field = useRef<HTMLInputElement>(null);
  // The field follows the address bar, also when Back changes it.
  useEffect(() => {
    if (field.current !== null) field.current.value = q;
  }, [q]);
  function onSubmit(event: Event) {
    event.preventDefault();
    navigate(href("/contacts", textsOf({ ...place, q: field.current?.value.trim() ?? "" })));
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

function Nobody({ q, narrowed }: { readonly q: string; readonly narrowed: boolean }) {
  if (q || narrowed)
    return (
      <Empty icon="search" title={q ? t("contacts.none", { q }) : t("contacts.noneSo")}>
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
