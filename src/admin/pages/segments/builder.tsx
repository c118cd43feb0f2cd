import type { ConditionGroup } from "../../../contract/segments.ts";
import { api, type ApiError } from "../../api.ts";
import { t } from "../../text/index.ts";
import { Field } from "../../ui/field.tsx";
import { Failure, Skeleton } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";
import { useUnsaved } from "../../ui/unsaved.tsx";
import { ConditionGroupEditor, type Asked } from "./condition-group.tsx";
import { finish, type DraftGroup } from "./draft.ts";
import { LiveResult, useTrial } from "./live-result.tsx";

interface Props {
  readonly draft: DraftGroup;
  change(draft: DraftGroup): void;
  /** Absent: the name is not asked for here. */
  readonly name?: { readonly value: string; put(name: string): void };
  readonly busy: boolean;
  readonly error: ApiError | undefined;
  /** Whether there is something to save. */
  readonly isChanged: boolean;
  save(condition: ConditionGroup): void;
}

/** Conditions on the left, who meets them on the right: counted and shown after each change. */
export function Builder(props: Props) {
  const catalogue = useResource("segment catalogue", api.segmentCatalogue);
  if (catalogue.error !== undefined) return <Failure error={catalogue.error} retry={() => void catalogue.reload()} />;
  if (catalogue.value === undefined) return <Skeleton rows={6} />;
  const fields = new Map(catalogue.value.fields.map((field) => [field.name, field]));
  return <Editor {...props} asked={{ catalogue: catalogue.value, fields }} />;
}

function Editor({ draft, change, name, busy, error, isChanged, save, asked }: Props & { readonly asked: Asked }) {
  const { condition, unfinished } = finish(draft, asked.fields);
  const trial = useTrial(condition);
  const canSave = condition !== undefined && unfinished === 0 && isChanged && !busy;
  const submit = () => {
    if (canSave) save(condition);
  };
  // What is put together stands in the address: whoever leaves finds it again by Back.
  useUnsaved({ isDirty: false, save: submit });
  return (
    <div class="builder">
      <div class="stack">
        <div class="card">
          <ConditionGroupEditor draft={draft} asked={asked} depth={1} change={change} />
        </div>
        <div class="builder-end">
          {name !== undefined && (
            <Field
              label={t("segments.name")}
              hint={t("segments.name.own")}
              maxLength={255}
              value={name.value}
              onInput={(event) => name.put(event.currentTarget.value)}
            />
          )}
          {error !== undefined && <Failure error={error} />}
          <button type="button" class="button primary" disabled={!canSave} onClick={submit}>
            {t("builder.done")}
          </button>
        </div>
      </div>
      <LiveResult trial={trial} unfinished={unfinished} />
    </div>
  );
}
