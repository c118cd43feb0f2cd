import type { ComponentChildren } from "preact";
import type { ContactCard, ContactChannel, ContactSource } from "../../../contract/admin/contact-card.ts";
import { counted, known, t } from "../../text/index.ts";
import { date } from "../../text/time.ts";
import { Copyable } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import { NotSet, Status, Time } from "../../ui/parts.tsx";
import { pathOf } from "../../ui/web-address.ts";
import { ContactSegments } from "./contact-segments.tsx";

/** Who this is: each identifier with its status, where it came from, and when. */
export function IdentityCard({ card }: { readonly card: ContactCard }) {
  const emails = card.channels.filter(({ type }) => type === "email");
  const phones = card.channels.filter(({ type }) => type === "sms");
  const others = card.channels.filter(({ type }) => type !== "email" && type !== "sms");
  const browsers = card.sources.filter(({ kind }) => kind === "visitor");
  const devices = card.sources.filter(({ kind }) => kind === "device");
  return (
    <aside class="card identity" aria-label={t("contact.identity")}>
      <Part title={t("contact.externalId")}>
        {card.externalCustomerId === null ? (
          <NotSet />
        ) : (
          <>
            <Copyable text={card.externalCustomerId} />
            <p class="small muted">
              {card.externalIdProof !== null && t(`proof.${card.externalIdProof}`)}
              {card.externalIdSince !== null && `, ${t("source.since", { when: date(card.externalIdSince) })}`}
            </p>
          </>
        )}
      </Part>
      <Part title={t("contact.emails")}>{channelList(emails) ?? <NotSet />}</Part>
      <Part title={t("contact.phones")}>{channelList(phones) ?? <NotSet />}</Part>
      {others.length > 0 && <Part title={t("contact.otherChannels")}>{channelList(others)}</Part>}
      <Part title={t("contact.browsers")}>
        {browsers.length > 0 ? <Sources sources={browsers} /> : <p class="muted small">{t("contact.browsers.none")}</p>}
      </Part>
      {devices.length > 0 && (
        <Part title={t("contact.devices")}>
          <Sources sources={devices} />
        </Part>
      )}
    </aside>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="part">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function channelList(channels: readonly ContactChannel[]) {
  if (channels.length === 0) return undefined;
  return (
    <ul class="plain">
      {channels.map((channel) => (
        <Channel key={`${channel.type} ${channel.value}`} channel={channel} />
      ))}
    </ul>
  );
}

/** What created something, in words: `TRACKER` is "the tag". */
export function sourceName(source: string): string {
  const key = known(`source.${source}`);
  return key === undefined ? source : t(key);
}

/** What the contact API writes as the source. */
const BACK_END = "Add contact API method";

function Channel({ channel }: { readonly channel: ContactChannel }) {
  const { proof, confirmedAt } = channel;
  const said = [
    ...(channel.current ? [] : [t("contact.earlier")]),
    ...(proof === null ? [] : [t(`proof.${proof}`)]),
    ...(proof === "server" && channel.source === BACK_END
      ? []
      : [t("source.said", { source: sourceName(channel.source) })]),
    confirmedAt === null ? date(channel.createdAt) : t("source.confirmedAt", { when: date(confirmedAt) }),
  ];
  return (
    <li class={channel.current ? undefined : "past"}>
      <span class="address">
        <Copyable text={channel.value} />
        <Status status={channel.status} />
      </span>
      <p class="small muted">{said.join(", ")}</p>
    </li>
  );
}

const SHOWN_SOURCES = 5;

function Sources({ sources }: { readonly sources: readonly ContactSource[] }) {
  const newest = [...sources].sort((a, b) => b.boundAt - a.boundAt);
  const rest = newest.slice(SHOWN_SOURCES);
  return (
    <>
      <ul class="plain">{newest.slice(0, SHOWN_SOURCES).map(sourceItem)}</ul>
      {rest.length > 0 && (
        <details>
          <summary>{counted("contact.sources.more", rest.length)}</summary>
          <ul class="plain">{rest.map(sourceItem)}</ul>
        </details>
      )}
    </>
  );
}

function sourceItem(source: ContactSource) {
  return (
    <li key={`${source.id} ${source.boundAt}`}>
      <span class="address">
        <Icon name={source.kind === "device" ? "device" : "browser"} />
        <Copyable text={source.id} length={24} />
      </span>
      <p class="small muted">
        {stretchOf(source)}
        {source.boundUrl !== null && `, ${t("source.onPage", { page: pathOf(source.boundUrl) })}`}
      </p>
    </li>
  );
}

function stretchOf({ from, to, boundAt }: ContactSource): string {
  if (from !== null && to !== null) return t("source.stretch.between", { from: date(from), to: date(to) });
  if (from !== null) return t("source.stretch.from", { from: date(from) });
  if (to !== null) return t("source.stretch.closed", { to: date(to) });
  return t("source.stretch.all", { when: date(boundAt) });
}

/** What else is known: on a phone it stands below the story. */
export function About({ card }: { readonly card: ContactCard }) {
  const facts: readonly (readonly [string, string | null])[] = [
    [t("contact.language"), card.languageCode],
    [t("contact.timeZone"), card.timeZone],
    [t("contact.address"), card.address.join(", ") || null],
    ...card.fields.map(({ name, value }) => [name, value] as const),
    ...Object.entries(card.attributes).map(([name, value]) => [name, textOf(value)] as const),
  ];
  return (
    <aside class="card identity about" aria-label={t("contact.about")}>
      <Part title={t("contact.segments")}>
        <ContactSegments card={card} />
      </Part>
      <Part title={t("contact.about")}>
        <dl class="facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value === null ? <NotSet /> : <bdi>{value}</bdi>}</dd>
            </div>
          ))}
          <div>
            <dt>{t("contact.source")}</dt>
            <dd>{sourceName(card.contactSource)}</dd>
          </div>
          <div>
            <dt>{t("contact.created")}</dt>
            <dd>
              <Time at={card.createdAt} />
            </dd>
          </div>
          <div>
            <dt>{t("contact.updated")}</dt>
            <dd>
              <Time at={card.updatedAt} />
            </dd>
          </div>
        </dl>
      </Part>
    </aside>
  );
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
