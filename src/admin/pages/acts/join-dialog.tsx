import { useState } from "preact/hooks";
import type { NewAct } from "../../../contract/acts.ts";
import { api } from "../../api.ts";
import { counted, t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Select, valueOf } from "../../ui/field.tsx";
import { Failure, Skeleton } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";

type WantedList = Extract<NewAct, { kind: "join" }>["list"];

interface Props {
  readonly count: number;
  close(): void;
  join(list: WantedList): void;
}

/** Into which list: one that is there, or a new one. */
export function JoinDialog({ count, close, join }: Props) {
  const { value, error, reload } = useResource("segments", api.segments);
  const lists = (value?.segments ?? []).filter(({ kind }) => kind === "list");
  const [picked, setPicked] = useState<string>();
  const which = picked ?? String(lists[0]?.id ?? "");
  function onSubmit(event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) {
    event.preventDefault();
    join(which === "" ? { name: valueOf(event.currentTarget, "name").trim() } : { id: Number(which) });
  }
  return (
    <Dialog title={counted("acts.join.title", count)} close={close}>
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={2} />}
      {value !== undefined && (
        <form class="stack" onSubmit={onSubmit}>
          {lists.length > 0 && (
            <Select
              label={t("acts.join.which")}
              value={which}
              onChange={(event) => setPicked(event.currentTarget.value)}
            >
              {lists.map(({ id, name }) => (
                <option key={id} value={String(id)}>
                  {name}
                </option>
              ))}
              <option value="">{t("acts.join.new")}</option>
            </Select>
          )}
          {which === "" && (
            <Field
              label={t("acts.join.name")}
              hint={t("acts.join.name.hint")}
              name="name"
              required
              pattern=".*\S.*"
              maxLength={255}
              autocomplete="off"
            />
          )}
          <div class="dialog-actions">
            <button type="button" class="button" onClick={close}>
              {t("act.cancel")}
            </button>
            <button type="submit" class="button primary">
              {t("acts.join")}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
