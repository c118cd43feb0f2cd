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
import { contactsWanted, readListPlace, textsOf, type ContactListPlace } from "./wanted.ts";

export function ContactsPage() {
  const place = readListPlace(query.value);
  const { q, after, narrowing } = place;
  const narrowed = Object.keys(narrowing).length > 0;
  const { value, error, loading, reload } = useWanted(contactsWanted(place));
  const kept = textsOf(place);
  const listed = { ...(q && { q }), ...narrowing };
  const choice = choiceOf(`contacts ${JSON.stringify(listed)}`, value?.contacts ?? []);
  // As long as there are no contacts at all, there is nothing to search.
  const isNobodyThere = value?.total === 0 && q === "" && !narrowed;
  return (
    <>
      <PageHead
        title={t("contacts.title")}
        {...(value &&
          value.total > 0 && { lead: counted(q || narrowed ? "contacts.found" : "contacts.count", value.total) })}
      >
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
        {may("contacts.download") && value !== undefined && value.total > 0 && <Downloads of={listed} />}
      </PageHead>
      {!isNobodyThere && (
        <div class="list-head">
          <Search place={place} />
          <ListControls place={place} />
        </div>
      )}
      <Narrowing place={place} />
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={8} />}
      {value !== undefined && value.contacts.length > 0 && (
        <div class={loading ? "is-loading" : undefined}>
          <BulkBar choice={choice} total={value.total} listed={listed} changed={reload} />
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
