import type { ContactRow } from "../../../contract/admin/contacts.ts";
import { href } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Copyable } from "../../ui/copy.tsx";
import { NotSet, Status, Time } from "../../ui/parts.tsx";
import { linesInView, useSoon } from "../../ui/soon.ts";
import { ChooseOne, ChoosePage } from "../acts/choose.tsx";
import type { Choice } from "../acts/choice.ts";
import { besideId, openBeside } from "./beside-place.ts";
import { initialsOf, nameOf } from "./name.ts";

/** Something that can be done to the contact of a line. */
interface Act {
  readonly label: string;
  carryOut(contact: ContactRow): void;
}

interface TableProps {
  readonly contacts: readonly ContactRow[];
  readonly act?: Act;
  /** Absent: nobody can be chosen. */
  readonly choice?: Choice | undefined;
}

export function ContactTable({ contacts, act, choice }: TableProps) {
  const isSoon = useSoon();
  const shown = isSoon || besideId.value !== undefined ? contacts : contacts.slice(0, linesInView());
  return (
    <div class="contacts-frame">
      <table class="table contacts-table">
        <thead>
          <tr>
            <th scope="col">
              {choice !== undefined && <ChoosePage choice={choice} />}
              {t("contacts.column.who")}
            </th>
            <th scope="col">{t("contacts.column.email")}</th>
            <th scope="col">{t("contacts.column.phone")}</th>
            <th scope="col">{t("contacts.column.externalId")}</th>
            <th scope="col">{t("contacts.column.created")}</th>
            {act !== undefined && (
              <th scope="col">
                <span class="off-screen">{act.label}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((contact) => (
            <Row key={contact.id} contact={contact} choice={choice} {...(act !== undefined && { act })} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ contact, act, choice }: Omit<TableProps, "contacts"> & { readonly contact: ContactRow }) {
  const name = nameOf(contact, contact.email?.value ?? contact.phone?.value);
  // A name may take two lines; an address or an id is not broken in the middle.
  const isNamed = contact.firstName !== null || contact.lastName !== null;
  return (
    <tr aria-current={besideId.value === contact.id ? "true" : undefined}>
      <td>
        <div class="cell-who">
          {choice !== undefined && <ChooseOne choice={choice} id={contact.id} name={name} />}
          <span class="avatar" aria-hidden="true">
            {initialsOf(name)}
          </span>
          <a
            class={isNamed ? "row-link" : "row-link cut"}
            href={href(`/contacts/${contact.id}`)}
            title={isNamed ? name : undefined}
            data-contact={contact.id}
            onClick={(event) => openBeside(event, contact.id)}
          >
            <bdi>{name}</bdi>
          </a>
        </div>
      </td>
      <AddressCell label={t("contacts.column.email")} address={contact.email} />
      <AddressCell label={t("contacts.column.phone")} address={contact.phone} />
      <td data-label={t("contacts.column.externalId")}>
        {contact.externalCustomerId === null ? <NotSet /> : <Copyable text={contact.externalCustomerId} length={13} />}
      </td>
      <td data-label={t("contacts.column.created")} class="nowrap">
        <Time at={contact.createdAt} />
      </td>
      {act !== undefined && (
        <td class="cell-action">
          <button type="button" class="button small" onClick={() => act.carryOut(contact)}>
            {act.label}
            <span class="off-screen"> {name}</span>
          </button>
        </td>
      )}
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
        <Copyable text={address.value} />
        <Status status={address.status} />
      </span>
    </td>
  );
}
