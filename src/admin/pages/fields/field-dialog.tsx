import { useState } from "preact/hooks";
import type { FieldRow } from "../../../contract/admin/fields.ts";
import type { Field as Definition, FieldType } from "../../../contract/fields.ts";
import { api } from "../../api.ts";
import { t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Select, TextArea, valueOf } from "../../ui/field.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";

interface Props {
  /** Absent: a new one. */
  readonly field?: FieldRow;
  close(): void;
  done(): void;
}

const TYPES: readonly FieldType[] = ["text", "number", "date", "boolean", "choice"];

/** Of a field that exists only the name and the values of a choice change: apps and stored values rest on key and type. */
export function FieldDialog({ field, close, done }: Props) {
  const { busy, error, run } = useAction();
  const [type, setType] = useState<FieldType>(field?.type ?? "text");
  const [key, setKey] = useState<string>();
  const [proposed, setProposed] = useState("");
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const form = event.currentTarget;
    const said = { name: valueOf(form, "name").trim(), ...allowedIn(form, type) };
    void run(async () => {
      const stored: Definition =
        field === undefined
          ? await api.createField({ ...said, key: valueOf(form, "key").trim(), type })
          : await api.changeField(field.id, said);
      showToast(t(field === undefined ? "fields.added" : "act.saved", { name: stored.name }));
      done();
    });
  }
  return (
    <Dialog
      title={field === undefined ? t("fields.add") : t("fields.change.title", { name: field.name })}
      close={close}
    >
      <form onSubmit={onSubmit}>
        <Field
          label={t("fields.name")}
          hint={t("fields.name.hint")}
          name="name"
          required
          maxLength={100}
          autofocus
          defaultValue={field?.name ?? ""}
          onInput={(event) => setProposed(keyFrom(event.currentTarget.value))}
        />
        {field === undefined && (
          <>
            <Field
              label={t("fields.key")}
              hint={t("fields.key.hint")}
              name="key"
              required
              maxLength={64}
              pattern="[A-Za-z][A-Za-z0-9_\-]*"
              title={t("fields.key.form")}
              autocomplete="off"
              spellcheck={false}
              value={key ?? proposed}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
            <Select
              label={t("fields.type")}
              hint={t("fields.type.hint")}
              name="type"
              value={type}
              onChange={(event) => setType(TYPES.find((known) => known === event.currentTarget.value) ?? "text")}
            >
              {TYPES.map((known) => (
                <option key={known} value={known}>
                  {t(`fields.type.${known}`)}
                </option>
              ))}
            </Select>
          </>
        )}
        {type === "choice" && (
          <TextArea
            label={t("fields.allowed")}
            hint={t("fields.allowed.hint")}
            name="allowed"
            rows={5}
            required
            defaultValue={field?.allowedValues?.join("\n") ?? ""}
          />
        )}
        {error !== undefined && <Failure error={error} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={close}>
            {t("act.cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            {t(field === undefined ? "fields.add" : "act.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** One value a line. */
function allowedIn(form: HTMLFormElement, type: FieldType): { readonly allowedValues?: string[] } {
  if (type !== "choice") return {};
  const lines = valueOf(form, "allowed").split("\n");
  return { allowedValues: lines.map((line) => line.trim()).filter((line) => line !== "") };
}

/** "Loyalty points" → `loyalty_points`. A name in other letters leaves it to be typed. */
function keyFrom(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 64);
}
