import type { SegmentRow } from "../../../contract/segments.ts";
import { api } from "../../api.ts";
import { href, navigate } from "../../router.ts";
import { may } from "../../session.ts";
import { language, number, t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, PageHead, Skeleton, Time } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";

export function SegmentsPage() {
  const { value, error, reload } = useResource("segments", api.segments);
  const add = may("contacts.write") && (
    <a class="button primary" href={href("/segments/new")}>
      <Icon name="plus" />
      {t("segments.add")}
    </a>
  );
  return (
    <>
      <PageHead title={t("segments.title")} lead={t("segments.lead")}>
        {add}
      </PageHead>
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={4} />}
      {value?.segments.length === 0 && <None />}
      {value !== undefined && value.segments.length > 0 && <Table segments={value.segments} />}
    </>
  );
}

/** The segment that nearly everybody wants first. */
function None() {
  const { busy, error, run } = useAction();
  const create = () =>
    run(async () => {
      const field = { kind: "field", field: "externalCustomerId", operator: "empty" } as const;
      const made = await api.createSegment({ language: language.value, condition: { kind: "all", of: [field] } });
      navigate(href(`/segments/${made.id}`));
    });
  return (
    <Empty icon="segments" title={t("segments.empty")}>
      <p>{t("segments.empty.hint")}</p>
      {error !== undefined && <Failure error={error} />}
      {may("contacts.write") && (
        <button type="button" class="button" disabled={busy} onClick={() => void create()}>
          {t("segments.suggested")}
        </button>
      )}
    </Empty>
  );
}

function Table({ segments }: { readonly segments: readonly SegmentRow[] }) {
  return (
    <table class="table segments-table">
      <thead>
        <tr>
          <th scope="col">{t("segments.column.name")}</th>
          <th scope="col">{t("segments.column.kind")}</th>
          <th scope="col">{t("segments.column.size")}</th>
          <th scope="col">{t("segments.column.created")}</th>
        </tr>
      </thead>
      <tbody>
        {segments.map((segment) => (
          <Row key={segment.id} segment={segment} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ segment }: { readonly segment: SegmentRow }) {
  const sentence = segment.sentence?.[language.value];
  return (
    <tr>
      <td>
        <a class="row-link" href={href(`/segments/${segment.id}`)} title={sentence}>
          <bdi>{segment.name}</bdi>
        </a>
        {sentence !== undefined && <p class="small muted">{sentence}</p>}
      </td>
      <td data-label={t("segments.column.kind")}>{t(`segments.kind.${segment.kind}`)}</td>
      <td data-label={t("segments.column.size")} class="nowrap">
        <Size id={segment.id} />
      </td>
      <td data-label={t("segments.column.created")} class="nowrap">
        <Time at={segment.createdAt} />
      </td>
    </tr>
  );
}

/** Counted now, each by itself, so that a large one keeps nobody waiting. */
function Size({ id }: { readonly id: number }) {
  const { value, error } = useResource(`size ${id}`, () => api.segmentSize(id));
  if (error !== undefined)
    return (
      <span class="not-set" title={error.message}>
        {t("segments.uncounted")}
      </span>
    );
  return value === undefined ? (
    <span class="muted">{t("segments.counting")}</span>
  ) : (
    <a href={href(`/segments/${id}`)}>{number(value.total)}</a>
  );
}
