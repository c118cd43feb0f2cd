import { Fragment } from "preact";
import type { ImportState, ImportSummary } from "../../../contract/imports.ts";
import { api } from "../../api.ts";
import { href, query } from "../../router.ts";
import { may } from "../../session.ts";
import { number, t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Linked } from "../../ui/linked.tsx";
import { Empty, Failure, PageHead, Skeleton, Time } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";
import { ImportAsApi } from "./import-as-api.tsx";
import { useInterval } from "./interval.ts";
import { listOf, RESULTS } from "./result-tiles.tsx";

export function ImportsPage() {
  const before = query.value.get("before") ?? undefined;
  const { value, error, reload } = useResource(`imports ${before}`, () => api.imports({ before }));
  const isMoving = value?.imports.some(({ state }) => state === "checking" || state === "running") === true;
  useInterval(() => void reload(), isMoving ? 1_500 : undefined);
  return (
    <>
      <PageHead title={t("imports.title")} lead={t("imports.lead")}>
        {may("contacts.write") && value?.imports.length !== 0 && <NewImportLink />}
      </PageHead>
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={4} />}
      {value?.imports.length === 0 && (
        <Empty icon="imports" title={t("imports.empty")}>
          <p>{t("imports.empty.hint")}</p>
          {may("contacts.write") && <NewImportLink />}
        </Empty>
      )}
      {value !== undefined && value.imports.length > 0 && <History imports={value.imports} />}
      {value !== undefined && value.next !== null && (
        <p class="paging">
          <a class="button" href={href("/imports", { before: String(value.next) })}>
            {t("imports.older")}
          </a>
        </p>
      )}
      {value !== undefined && <ImportAsApi />}
    </>
  );
}

function NewImportLink() {
  return (
    <a class="button primary" href={href("/imports/new")}>
      <Icon name="plus" />
      {t("imports.new")}
    </a>
  );
}

function History({ imports }: { readonly imports: readonly ImportSummary[] }) {
  return (
    <table class="table imports-table">
      <thead>
        <tr>
          <th scope="col">{t("imports.column.file")}</th>
          <th scope="col">{t("imports.column.state")}</th>
          <th scope="col">{t("imports.column.rows")}</th>
          <th scope="col">{t("imports.column.result")}</th>
          <th scope="col">{t("imports.column.when")}</th>
        </tr>
      </thead>
      <tbody>
        {imports.map((one) => (
          <tr key={one.id}>
            <td>
              <a class="row-link" href={href(`/imports/${one.id}`)}>
                <bdi>{one.fileName}</bdi>
              </a>
            </td>
            <td data-label={t("imports.column.state")}>
              <StateTag state={one.state} />
            </td>
            <td data-label={t("imports.column.rows")} class="nowrap">
              {one.rowsTotal === null && one.rowsDone === 0 ? "–" : number(one.rowsTotal ?? one.rowsDone)}
            </td>
            <td data-label={t("imports.column.result")} class="small">
              <Results one={one} />
            </td>
            <td data-label={t("imports.column.when")} class="nowrap">
              <span>
                <Time at={one.createdAt} /> <span class="small muted">{t("imports.by", { name: one.createdBy })}</span>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Each number leads to what makes it up, as far as there is such a list. */
function Results({ one }: { readonly one: ImportSummary }) {
  const { counts } = one;
  const some = RESULTS.filter((result) => counts[result] > 0);
  if (some.length === 0) return <>–</>;
  return (
    <span>
      {some.map((result, place) => (
        <Fragment key={result}>
          {place > 0 && " · "}
          {t(`imports.result.${result}`)} <Linked to={listOf(result, one)}>{number(counts[result])}</Linked>
        </Fragment>
      ))}
    </span>
  );
}

const TONES: Readonly<Record<ImportState, string>> = {
  uploading: "unconfirmed",
  ready: "unconfirmed",
  checking: "unconfirmed",
  checked: "unconfirmed",
  running: "unconfirmed",
  finished: "confirmed",
  cancelled: "deleted",
  failed: "bounced",
};

export function StateTag({ state }: { readonly state: ImportState }) {
  return <span class={`status status-${TONES[state]}`}>{t(`imports.state.${state}`)}</span>;
}
