import type { ComponentChildren } from "preact";
import type { Overview } from "../../../contract/admin/overview.ts";
import type { Site } from "../../../contract/admin/sites.ts";
import { href } from "../../router.ts";
import { LoadSamples } from "../../samples.tsx";
import { may } from "../../session.ts";
import { counted, number, openNumber, percent, t } from "../../text/index.ts";
import { timeOfDay } from "../../text/time.ts";
import { Icon } from "../../ui/icon.tsx";
import { AsApi } from "../../ui/as-api.tsx";
import { Failure, PageHead, Skeleton } from "../../ui/parts.tsx";
import { useWanted } from "../../ui/resource.ts";
import { late } from "../../ui/late.tsx";
import { Linked } from "../../ui/linked.tsx";
import { LatestContacts, SitesCard } from "./latest.tsx";
import { overviewWanted } from "./wanted.ts";

// What draws them is half as large as all that this screen needs at once.
const Charts = late(async () => (await import("./charts.tsx")).Charts);

export function OverviewPage() {
  const { value, error, reload } = useWanted(overviewWanted);
  return (
    <>
      <PageHead
        title={t("overview.title")}
        {...(value && { lead: t("overview.asOf", { time: timeOfDay(value.overview.asOf) }) })}
      />
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={4} />}
      {value !== undefined && (
        <>
          <FirstSteps overview={value.overview} sites={value.sites} />
          <Tiles overview={value.overview} />
          {value.latest.length > 0 && (
            <div class="columns">
              <LatestContacts contacts={value.latest} />
              <SitesCard sites={value.sites} />
            </div>
          )}
          {value.overview.contacts > 0 && <Charts />}
          <AsApi path="/api/v1/contacts?maxrows=10" more={["-i"]} note={t("overview.api")} />
        </>
      )}
    </>
  );
}

const WEEK = 7 * 86_400_000;

function Tiles({ overview }: { readonly overview: Overview }) {
  const { contacts, newContacts, newWithBackstory, confirmedEmails, eventsToday, eventsCountedTo } = overview;
  const newest = { createdFrom: String(overview.asOf - WEEK) };
  return (
    <div class="tiles">
      <Tile label={t("overview.contacts")} value={number(contacts)} to={href("/contacts")} />
      <Tile label={t("overview.new")} value={number(newContacts)} to={href("/contacts", newest)}>
        {newContacts > 0 && (
          <Linked to={newWithBackstory > 0 ? href("/contacts", { ...newest, backstory: "any" }) : undefined}>
            {newWithBackstory > 0 ? counted("overview.backstory", newWithBackstory) : t("overview.backstory.none")}
          </Linked>
        )}
      </Tile>
      <Tile
        label={t("overview.confirmed")}
        value={contacts === 0 ? "–" : percent(confirmedEmails, contacts)}
        to={href("/contacts/subscriptions", { status: "confirmed" })}
      >
        {contacts > 0 && t("overview.confirmed.hint", { part: number(confirmedEmails), all: number(contacts) })}
      </Tile>
      <Tile label={t("overview.events")} value={openNumber(eventsToday, eventsCountedTo)} to={href("/live")} />
      <Tile label={t("overview.claims")} value={number(overview.pendingClaims)} to={href("/contacts/claims")}>
        {t(overview.pendingClaims > 0 ? "overview.claims.hint" : "overview.claims.none")}
      </Tile>
    </div>
  );
}

interface TileProps {
  readonly label: string;
  readonly value: string;
  /** The list that makes the number up. */
  readonly to: string;
  /** A note, which may lead to a list of its own. */
  readonly children?: ComponentChildren;
}

function Tile({ label, value, to, children }: TileProps) {
  return (
    <div class="tile">
      <a class="tile-link" href={to}>
        <span class="tile-label">{label}</span>
        <strong class="tile-value">{value}</strong>
      </a>
      <span class="tile-note">{children}</span>
    </div>
  );
}

/** Stays until the first contact is there; then the numbers speak. */
function FirstSteps({ overview, sites }: { readonly overview: Overview; readonly sites: readonly Site[] }) {
  if (overview.contacts > 0) return null;
  const site = sites[0];
  const siteAddress = site === undefined ? href("/sites/new") : href(`/sites/${site.id}`);
  const hasEvent = sites.some(({ firstEventAt }) => firstEventAt !== null);
  return (
    <section class="card" aria-labelledby="first-steps">
      <h2 id="first-steps">{t("start.title")}</h2>
      <ol class="steps">
        <Step name="site" done={site !== undefined} {...(may("sites.write") && { to: href("/sites/new") })} />
        <Step name="tag" done={hasEvent} to={siteAddress} />
        <Step name="contact" done={false} to={href("/contacts")} />
      </ol>
      {may("contacts.write") && <LoadSamples />}
    </section>
  );
}

function Step({
  name,
  done,
  to,
}: {
  readonly name: "site" | "tag" | "contact";
  readonly done: boolean;
  readonly to?: string;
}) {
  return (
    <li class={done ? "step done" : "step"}>
      <span class="step-mark">{done && <Icon name="check" />}</span>
      <div>
        {done || to === undefined ? <strong>{t(`start.${name}`)}</strong> : <a href={to}>{t(`start.${name}`)}</a>}
        {done && <span class="off-screen"> ({t("start.done")})</span>}
        <p class="small muted">{t(`start.${name}.hint`)}</p>
      </div>
    </li>
  );
}
