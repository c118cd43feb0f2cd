import type { ContactRow } from "../../../contract/admin/contacts.ts";
import type { Site } from "../../../contract/admin/sites.ts";
import { href } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Status, Time } from "../../ui/parts.tsx";
import { initialsOf, nameOf } from "../contacts/name.ts";
import { LiveDot } from "../sites/sites.tsx";

const SHOWN = 6;

/** Who came last: the shortest way from the overview to somebody's story. */
export function LatestContacts({ contacts }: { readonly contacts: readonly ContactRow[] }) {
  return (
    <section class="card flush" aria-labelledby="latest">
      <header class="card-head">
        <h2 id="latest">{t("overview.latest")}</h2>
        <a href={href("/contacts")}>{t("overview.latest.all")}</a>
      </header>
      <ul class="plain rows">
        {contacts.slice(0, SHOWN).map((contact) => (
          <li key={contact.id}>
            <a href={href(`/contacts/${contact.id}`)}>
              <LatestContact contact={contact} />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function LatestContact({ contact }: { readonly contact: ContactRow }) {
  const name = nameOf(contact, contact.email?.value ?? contact.phone?.value);
  return (
    <>
      <span class="avatar" aria-hidden="true">
        {initialsOf(name)}
      </span>
      <span class="row-name">
        <bdi class="cut">{name}</bdi>
        {contact.email !== null && contact.email.value !== name && (
          <bdi class="cut small muted">{contact.email.value}</bdi>
        )}
      </span>
      {contact.email !== null && <Status status={contact.email.status} />}
      <span class="small muted row-time">
        <Time at={contact.createdAt} />
      </span>
    </>
  );
}

export function SitesCard({ sites }: { readonly sites: readonly Site[] }) {
  return (
    <section class="card flush" aria-labelledby="sites">
      <header class="card-head">
        <h2 id="sites">{t("overview.sites")}</h2>
      </header>
      <ul class="plain rows">
        {sites.map((site) => (
          <li key={site.id}>
            <a href={href(`/sites/${site.id}`)}>
              <span class="row-name">
                <bdi class="cut">{site.name}</bdi>
                <LiveDot site={site} />
              </span>
              <Icon name="next" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
