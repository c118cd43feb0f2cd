import type { Export, ExportPlace, ExportRun } from "../../../contract/exports.ts";
import { api } from "../../api.ts";
import { href } from "../../router.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, PageHead, Skeleton, Time } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";

export function ExportsPage() {
  const { value, error, reload } = useResource("exports", api.exports);
  return (
    <>
      <PageHead title={t("exports.title")} lead={t("exports.lead")}>
        {may("exports.write") && value !== undefined && value.exports.length > 0 && (
          <a class="button primary" href={href("/exports/new")}>
            <Icon name="plus" />
            {t("exports.add")}
          </a>
        )}
      </PageHead>
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={3} />}
      {value?.exports.length === 0 && (
        <Empty icon="exports" title={t("exports.empty")}>
          <p>{t("exports.empty.hint")}</p>
          {may("exports.write") && (
            <a class="button primary" href={href("/exports/new")}>
              {t("exports.add")}
            </a>
          )}
        </Empty>
      )}
      <ul class="plain stack">
        {value?.exports.map((one) => (
          <li key={one.id}>
            <Row export={one} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Row({ export: one }: { readonly export: Export }) {
  return (
    <a class="card site-row" href={href(`/exports/${one.id}`)}>
      <span>
        <strong>
          <bdi>{one.name}</bdi>
        </strong>
        <span class="small muted cut">{placeName(one.place)}</span>
      </span>
      <span class="export-state">
        {one.paused && <span class="status">{t("exports.paused")}</span>}
        {one.lastRun === null ? <span class="small muted">{t("exports.never")}</span> : <LastRun run={one.lastRun} />}
      </span>
    </a>
  );
}

function LastRun({ run }: { readonly run: ExportRun }) {
  return (
    <>
      <RunState state={run.state} />
      <span class="small muted">
        <Time at={run.finishedAt ?? run.startedAt} />
      </span>
    </>
  );
}

const LOOKS = { finished: "confirmed", failed: "bounced", interrupted: "unconfirmed", running: "running" } as const;

export function RunState({ state }: { readonly state: ExportRun["state"] }) {
  return <span class={`status status-${LOOKS[state]}`}>{t(`exports.state.${state}`)}</span>;
}

/** Where to, on one line. */
export function placeName(place: ExportPlace): string {
  if (place.kind === "bigquery") return `BigQuery · ${place.dataset}`;
  return `PostgreSQL · ${place.host}:${place.port} / ${place.database}.${place.schema}`;
}
