import type { ConditionGroup, Segment } from "../../../contract/segments.ts";
import { api } from "../../api.ts";
import { href, navigate, query } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Failure, isMissing, Missing, PageHead, Skeleton } from "../../ui/parts.tsx";
import { useAction, useWanted } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { Builder } from "./builder.tsx";
import { draftOf, readDraft } from "./draft.ts";
import { segmentWanted } from "./wanted.ts";

export function EditSegmentPage({ id }: { readonly id: number }) {
  const { value, error, reload } = useWanted(segmentWanted(id));
  if (isMissing(error))
    return (
      <Missing icon="segments" title={t("segments.unknown")} to={href("/segments")} others={t("segments.title")} />
    );
  if (error !== undefined) return <Failure error={error} retry={() => void reload()} />;
  if (value === undefined) return <Skeleton rows={6} />;
  const { condition } = value;
  // A list is filled by hand.
  if (condition === null)
    return <Missing icon="segments" title={t("app.notFound")} to={href(`/segments/${id}`)} others={value.name} />;
  return <Edit segment={value} condition={condition} />;
}

function Edit({ segment, condition }: { readonly segment: Segment; readonly condition: ConditionGroup }) {
  const { busy, error, run } = useAction();
  const here = `/segments/${segment.id}/edit`;
  const stored = draftOf(condition);
  const draft = readDraft(query.value.get("tree") ?? "") ?? stored;
  const save = (changed: ConditionGroup) =>
    void run(async () => {
      await api.changeSegment(segment.id, { condition: changed });
      showToast(t("builder.saved"));
      navigate(href(`/segments/${segment.id}`), "replace");
    });
  return (
    <>
      <a class="back" href={href(`/segments/${segment.id}`)}>
        <Icon name="back" />
        <bdi>{segment.name}</bdi>
      </a>
      <PageHead title={t("builder.edit")} />
      <Builder
        draft={draft}
        change={(tree) => navigate(href(here, { tree: JSON.stringify(tree) }), "replace")}
        busy={busy}
        error={error}
        isChanged={JSON.stringify(draft) !== JSON.stringify(stored)}
        save={save}
      />
    </>
  );
}
