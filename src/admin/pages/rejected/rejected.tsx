import type { RejectedPage } from "../../../contract/admin/rejected.ts";
import { api } from "../../api.ts";
import { href, query } from "../../router.ts";
import { number, t } from "../../text/index.ts";
import { BackToSettings } from "../../ui/back.tsx";
import { Empty, Failure, PageHead, Skeleton } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";
import { RejectedItem } from "./rejected-item.tsx";

/** What was not taken, why, and how to take it after all. */
export function RejectedListPage() {
  const code = query.value.get("code") ?? undefined;
  const before = query.value.get("before") ?? undefined;
  const { value, error, reload } = useResource(`rejected ${code} ${before}`, () =>
    api.rejected({ ...(code !== undefined && { code }), ...(before !== undefined && { before: Number(before) }) }),
  );
  return (
    <>
      <BackToSettings />
      <PageHead title={t("rejected.title")} lead={t("rejected.lead")} />
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={3} />}
      {value !== undefined && value.counts.length > 0 && <Reasons counts={value.counts} chosen={code} />}
      {value?.rejected.length === 0 && (
        <Empty icon="check" title={t("rejected.none")}>
          <p>{t("rejected.none.hint")}</p>
        </Empty>
      )}
      <ul class="plain stack">
        {value?.rejected.map((message) => (
          <RejectedItem key={message.id} message={message} gone={() => void reload()} />
        ))}
      </ul>
      <nav class="paging" aria-label={t("rejected.title")}>
        {before !== undefined && <a class="button" href={address({ code })} children={t("rejected.newest")} />}
        {value !== undefined && value.next !== null && (
          <a class="button" href={address({ code, before: String(value.next) })} children={t("rejected.older")} />
        )}
      </nav>
    </>
  );
}

const address = (values: Readonly<Record<string, string | undefined>>) => href("/sites/rejected", values);

interface ReasonsProps {
  readonly counts: RejectedPage["counts"];
  readonly chosen: string | undefined;
}

/** One reason at a time, or all. */
function Reasons({ counts, chosen }: ReasonsProps) {
  return (
    <p class="reasons">
      <a class="tag" href={address({})} aria-current={chosen === undefined ? "true" : undefined}>
        {t("rejected.all")}
      </a>
      {counts.map(({ code, count }) => (
        <a key={code} class="tag" href={address({ code })} aria-current={chosen === code ? "true" : undefined}>
          {code} · {number(count)}
        </a>
      ))}
    </p>
  );
}
