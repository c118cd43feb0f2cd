import type { Site } from "../../../contract/admin/sites.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { VERDICTS, type Filter } from "./matching.ts";

interface Props {
  readonly filter: Filter;
  readonly sites: readonly Site[];
  choose(change: Partial<Filter>): void;
}

export function Filters({ filter, sites, choose }: Props) {
  return (
    <div class="live-filters">
      <div class="live-verdicts" role="group" aria-label={t("live.filter.verdict")}>
        {["", ...VERDICTS].map((verdict) => (
          <button
            key={verdict}
            type="button"
            class="tag"
            aria-pressed={filter.verdict === verdict}
            onClick={() => choose({ verdict })}
          >
            {t(verdict === "" ? "live.filter.all" : `live.filter.${verdict as (typeof VERDICTS)[number]}`)}
          </button>
        ))}
      </div>
      {sites.length > 1 && (
        <select
          aria-label={t("live.filter.site")}
          value={filter.site}
          onChange={(event) => choose({ site: event.currentTarget.value })}
        >
          <option value="">{t("live.filter.everySite")}</option>
          {sites.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
      <div class="search live-search" role="search">
        <Icon name="search" />
        <input
          type="search"
          aria-label={t("live.filter.text")}
          placeholder={t("live.filter.text")}
          maxLength={200}
          value={filter.q}
          onInput={(event) => choose({ q: event.currentTarget.value })}
        />
      </div>
    </div>
  );
}
