import { useState } from "preact/hooks";
import type { ImportCounts, ImportDetails, ImportSample } from "../../../contract/imports.ts";
import { api } from "../../api.ts";
import { href } from "../../router.ts";
import { number, t } from "../../text/index.ts";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { Tabs } from "../../ui/tabs.tsx";
import { Problems } from "./problems.tsx";
import { ResultTiles, RESULTS } from "./result-tiles.tsx";
import { nameOfTarget, TARGETS, type NamedField } from "./targets.ts";

interface Props {
  readonly seen: ImportDetails;
  readonly fields: readonly NamedField[];
  changed(seen: ImportDetails): void;
}

/** What the file would do, before anything is written. */
export function CheckStep({ seen, fields, changed }: Props) {
  const { busy, error, run } = useAction();
  const { counts } = seen;
  const acts = counts.created + counts.updated + counts.restored;
  const joins = seen.settings?.segment !== null && counts.unchanged > 0;
  return (
    <div class="stack">
      <section class="card">
        <h2>{t("imports.checked")}</h2>
        <p class="muted">{t("imports.checked.hint")}</p>
        <ResultTiles counts={counts} seen={seen} />
        {error !== undefined && <Failure error={error} />}
        <p class="form-actions">
          <button
            type="button"
            class="button primary"
            disabled={busy || (acts === 0 && !joins)}
            onClick={() => void run(async () => changed(await api.runImport(seen.id)))}
          >
            {acts === 0 && !joins ? t("imports.run.nothing") : promise(counts)}
          </button>
          <a class="button" href={href(`/imports/${seen.id}`, { step: "columns" })}>
            {t("imports.back.columns")}
          </a>
        </p>
      </section>
      <Samples samples={seen.samples} fields={fields} />
      <Problems seen={seen} />
    </div>
  );
}

/** "Create 812, update 3,104". */
function promise({ created, updated, restored }: ImportCounts): string {
  const said = [
    ...(created > 0 ? [t("imports.run.create", { n: number(created) })] : []),
    ...(updated > 0 ? [t("imports.run.update", { n: number(updated) })] : []),
    ...(restored > 0 ? [t("imports.run.restore", { n: number(restored) })] : []),
  ].join(", ");
  return said === "" ? t("imports.run") : said.charAt(0).toUpperCase() + said.slice(1);
}

function Samples({
  samples,
  fields,
}: {
  readonly samples: readonly ImportSample[];
  readonly fields: readonly NamedField[];
}) {
  const shown = RESULTS.filter((result) => samples.some((sample) => sample.result === result));
  const [asked, choose] = useState<(typeof RESULTS)[number]>();
  const chosen = asked !== undefined && shown.includes(asked) ? asked : shown[0];
  if (chosen === undefined) return null;
  return (
    <section class="card">
      <h2>{t("imports.samples")}</h2>
      <Tabs
        id="samples"
        label={t("imports.samples")}
        tabs={shown.map((name) => ({ name, label: t(`imports.result.${name}`) }))}
        chosen={chosen}
        choose={(name) => choose(name)}
      >
        <ul class="plain import-diffs">
          {samples
            .filter(({ result }) => result === chosen)
            .map((sample) => (
              <li key={sample.line}>
                <Difference sample={sample} fields={fields} />
              </li>
            ))}
        </ul>
      </Tabs>
    </section>
  );
}

function Difference({
  sample: { line, before, after },
  fields,
}: {
  readonly sample: ImportSample;
  readonly fields: readonly NamedField[];
}) {
  const said = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const names = said.sort((a, b) => placeOf(a) - placeOf(b));
  return (
    <>
      <p class="small muted">
        {t("imports.samples.line", { n: number(line) })}
        {before === null && after !== null && ` · ${t("imports.samples.new")}`}
      </p>
      {after === null && <p class="small">{t("imports.samples.none")}</p>}
      {after !== null && (
        <dl>
          {names.map((name) => (
            <div key={name}>
              <dt>{nameOfTarget(name, fields)}</dt>
              <dd>
                {before?.[name] !== undefined && before[name] !== after[name] && (
                  <>
                    <del>
                      <bdi>{before[name]}</bdi>
                    </del>{" "}
                  </>
                )}
                {after[name] !== undefined &&
                  (before?.[name] === after[name] ? (
                    <bdi>{after[name]}</bdi>
                  ) : (
                    <ins>
                      <bdi>{after[name]}</bdi>
                    </ins>
                  ))}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

/** Ids and addresses first, as in the choice of what a column holds; additional fields last. */
function placeOf(target: string): number {
  const at = (TARGETS as readonly string[]).indexOf(target);
  return at === -1 ? TARGETS.length : at;
}
