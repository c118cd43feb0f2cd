import { useState } from "preact/hooks";
import type { FieldRow } from "../../../contract/admin/fields.ts";
import { api } from "../../api.ts";
import { may } from "../../session.ts";
import { counted, t } from "../../text/index.ts";
import { BackToSettings } from "../../ui/back.tsx";
import { Copyable } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Linked } from "../../ui/linked.tsx";
import { Empty, Failure, PageHead, Skeleton } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";
import { newSegmentAddress } from "../segments/new-address.ts";
import { DeleteFieldDialog } from "./delete-field.tsx";
import { FieldDialog } from "./field-dialog.tsx";
import { FieldUse } from "./field-use.tsx";

type Open = { readonly kind: "create" } | { readonly kind: "change" | "delete"; readonly field: FieldRow } | undefined;

export function FieldsPage() {
  const { value, error, reload } = useResource("fields", api.fields);
  const [open, setOpen] = useState<Open>();
  const dialog = {
    close: () => setOpen(undefined),
    done: () => {
      setOpen(undefined);
      void reload();
    },
  };
  return (
    <>
      <BackToSettings />
      <PageHead title={t("fields.title")} lead={t("fields.lead")}>
        {may("contacts.write") && value?.fields.length !== 0 && <AddButton open={setOpen} />}
      </PageHead>
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={3} />}
      {value?.fields.length === 0 && (
        <Empty icon="list" title={t("fields.empty")}>
          <p>{t("fields.empty.hint")}</p>
          {may("contacts.write") && <AddButton open={setOpen} />}
        </Empty>
      )}
      {value !== undefined && value.fields.length > 0 && <FieldTable fields={value.fields} open={setOpen} />}
      {open?.kind === "create" && <FieldDialog {...dialog} />}
      {open?.kind === "change" && <FieldDialog field={open.field} {...dialog} />}
      {open?.kind === "delete" && <DeleteFieldDialog field={open.field} {...dialog} />}
    </>
  );
}

function AddButton({ open }: { open(what: Open): void }) {
  return (
    <button type="button" class="button primary" onClick={() => open({ kind: "create" })}>
      <Icon name="plus" />
      {t("fields.add")}
    </button>
  );
}

function FieldTable({ fields, open }: { readonly fields: readonly FieldRow[]; open(what: Open): void }) {
  return (
    <table class="table fields-table">
      <thead>
        <tr>
          <th scope="col">{t("fields.column.name")}</th>
          <th scope="col">{t("fields.column.id")}</th>
          <th scope="col">{t("fields.column.key")}</th>
          <th scope="col">{t("fields.column.type")}</th>
          <th scope="col">{t("fields.column.use")}</th>
          <th scope="col">
            <span class="off-screen">{t("fields.column.acts")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <tr key={field.id}>
            <td>
              <strong>
                <bdi>{field.name}</bdi>
              </strong>
            </td>
            <td data-label={t("fields.column.id")} class="mono nowrap">
              {field.id}
            </td>
            <td data-label={t("fields.column.key")}>
              <Copyable text={field.key} length={24} />
            </td>
            <td data-label={t("fields.column.type")}>
              <div>
                {t(`fields.type.${field.type}`)}
                {field.allowedValues !== undefined && (
                  <span class="small muted cut" title={field.allowedValues.join(", ")}>
                    {field.allowedValues.join(", ")}
                  </span>
                )}
              </div>
            </td>
            <td data-label={t("fields.column.use")} class="small">
              <div>
                <span class="line">
                  <Linked to={field.contacts > 0 ? segmentWith(field) : undefined}>
                    {counted("fields.contacts", field.contacts)}
                  </Linked>
                </span>
                {field.usedBy.map((use) => (
                  <span key={`${use.kind} ${use.id ?? use.name}`} class="line">
                    <FieldUse use={use} />
                  </span>
                ))}
              </div>
            </td>
            <td class="cell-action">{may("contacts.write") && <Acts field={field} open={open} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Acts({ field, open }: { readonly field: FieldRow; open(what: Open): void }) {
  return (
    <span class="acts">
      <button type="button" class="button small" onClick={() => open({ kind: "change", field })}>
        {t("fields.change")}
        <span class="off-screen"> {field.name}</span>
      </button>
      <button type="button" class="button small" onClick={() => open({ kind: "delete", field })}>
        {t("fields.delete")}
        <span class="off-screen"> {field.name}</span>
      </button>
    </span>
  );
}

/** Those who have a value, as a segment that is not saved yet. */
const segmentWith = ({ id }: FieldRow) => newSegmentAddress(`fields.${id}`, "notEmpty");
