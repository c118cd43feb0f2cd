import { useMemo } from "preact/hooks";
import type { ChartDay, Charts as Numbers } from "../../../contract/admin/charts.ts";
import { api } from "../../api.ts";
import { href, navigate } from "../../router.ts";
import { number, openNumber, percent, t } from "../../text/index.ts";
import { dayOf } from "../../text/time.ts";
import { Failure, Skeleton } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";
import { Plot, type Line } from "./plot.tsx";

const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The last four weeks: how much happened, who came, and how much of their story was there already. */
export function Charts() {
  const { value, error, reload } = useResource("charts", () => api.charts({ zone: zone() }));
  if (error !== undefined) return <Failure error={error} retry={() => void reload()} />;
  if (value === undefined) return <Skeleton rows={4} />;
  return <Drawn numbers={value} />;
}

const contactsOf = ({ from, to }: Pick<ChartDay, "from" | "to">, backstory?: string) =>
  href("/contacts", { createdFrom: String(from), createdTo: String(to), backstory });

function Drawn({ numbers }: { readonly numbers: Numbers }) {
  const { days, eventsCountedTo, lengths } = numbers;
  const moments = useMemo(() => days.map(({ from }) => from), [days]);
  const lines = useMemo(() => linesOf(numbers), [numbers]);
  const [first, last] = [days.at(0), days.at(-1)];
  if (first === undefined || last === undefined) return null;
  const whole = { from: first.from, to: last.to };
  const newContacts = days.reduce((sum, day) => sum + day.newContacts, 0);
  const withBackstory = days.reduce((sum, day) => sum + day.withBackstory, 0);
  const open = (moment: number) => {
    const day = days.find(({ from }) => from === moment);
    if (day !== undefined && day.newContacts > 0) navigate(contactsOf(day));
  };
  const capped = days.some(({ events }) => events > eventsCountedTo);
  return (
    <section class="charts" aria-labelledby="charts-title">
      <h2 id="charts-title">{t("charts.title", { from: dayOf(first.from) })}</h2>
      <div class="chart-grid">
        <figure class="card">
          <figcaption>
            <strong>{t("charts.events")}</strong> <a href={href("/live")}>{t("charts.events.link")}</a>
          </figcaption>
          <Plot days={moments} lines={lines.events} />
          {capped && <p class="small muted">{t("charts.capped", { count: number(eventsCountedTo) })}</p>}
        </figure>
        <figure class="card">
          <figcaption>
            <strong>{t("charts.new")}</strong> <a href={contactsOf(whole)}>{number(newContacts)}</a>
          </figcaption>
          <Plot days={moments} lines={lines.contacts} chosen={open} />
          <ul class="plain legend small">
            <li class="legend-backstory">{t("charts.withBackstory")}</li>
            <li class="legend-without">{t("charts.without")}</li>
          </ul>
        </figure>
        <figure class="card">
          <figcaption>
            <strong>{t("charts.share")}</strong>{" "}
            <a href={contactsOf(whole, "any")}>
              {newContacts === 0
                ? "–"
                : t("charts.share.of", {
                    percent: percent(withBackstory, newContacts),
                    part: number(withBackstory),
                    all: number(newContacts),
                  })}
            </a>
          </figcaption>
          <Plot days={moments} lines={lines.share} top={100} format={(value) => percent(value, 100)} />
        </figure>
        <figure class="card">
          <figcaption>
            <strong>{t("charts.length")}</strong>
          </figcaption>
          <Lengths lengths={lengths} whole={whole} />
        </figure>
      </div>
      <details class="chart-table">
        <summary>{t("charts.table")}</summary>
        <DayTable days={days} eventsCountedTo={eventsCountedTo} />
      </details>
    </section>
  );
}

function linesOf({ days, eventsCountedTo }: Numbers): Readonly<Record<"events" | "contacts" | "share", Line[]>> {
  const values = (of: (day: ChartDay) => number | null) => days.map(of);
  return {
    events: [
      {
        label: t("charts.events"),
        color: "--muted",
        look: "bars",
        values: values(({ events }) => Math.min(events, eventsCountedTo)),
      },
    ],
    // The second bar stands before the first: what shows above it came without.
    contacts: [
      { label: t("charts.new"), color: "--accent-line", look: "bars", values: values((day) => day.newContacts) },
      { label: t("charts.withBackstory"), color: "--accent", look: "bars", values: values((day) => day.withBackstory) },
    ],
    share: [
      {
        label: t("charts.share"),
        color: "--accent",
        look: "line",
        // Of nobody there is no share.
        values: values(({ newContacts, withBackstory }) =>
          newContacts === 0 ? null : (100 * withBackstory) / newContacts,
        ),
      },
    ],
  };
}

function Lengths({
  lengths,
  whole,
}: {
  readonly lengths: Numbers["lengths"];
  readonly whole: Pick<ChartDay, "from" | "to">;
}) {
  const most = Math.max(1, ...lengths.map(({ contacts }) => contacts));
  return (
    <table class="lengths">
      <caption class="off-screen">{t("charts.length")}</caption>
      <tbody>
        {lengths.map(({ length, contacts }) => (
          <tr key={length}>
            <th scope="row">{t(`charts.length.${length}`)}</th>
            <td>
              <meter class="bar" min={0} max={most} value={contacts} aria-hidden="true" />
            </td>
            <td class="count">{contacts === 0 ? "0" : <a href={contactsOf(whole, length)}>{number(contacts)}</a>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function DayTable({ days, eventsCountedTo }: Pick<Numbers, "days" | "eventsCountedTo">) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">{t("charts.day")}</th>
          <th scope="col">{t("charts.events")}</th>
          <th scope="col">{t("charts.new")}</th>
          <th scope="col">{t("charts.withBackstory")}</th>
        </tr>
      </thead>
      <tbody>
        {[...days].reverse().map((day) => (
          <tr key={day.day}>
            <th scope="row">{dayOf(day.from)}</th>
            <td data-label={t("charts.events")}>{openNumber(day.events, eventsCountedTo)}</td>
            <td data-label={t("charts.new")}>
              {day.newContacts === 0 ? "0" : <a href={contactsOf(day)}>{number(day.newContacts)}</a>}
            </td>
            <td data-label={t("charts.withBackstory")}>
              {day.withBackstory === 0 ? "0" : <a href={contactsOf(day, "any")}>{number(day.withBackstory)}</a>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
