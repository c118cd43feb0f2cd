import type { ChannelStatus } from "../../../contract/admin/contacts.ts";
import type { Subscription, SubscriptionPage } from "../../../contract/admin/subscriptions.ts";
import { api } from "../../api.ts";
import { href, query } from "../../router.ts";
import { may } from "../../session.ts";
import { counted, number, t } from "../../text/index.ts";
import { Copyable } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, PageHead, Skeleton, Time, sentenceOf } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { nameOf } from "../contacts/name.ts";
import { sourceName } from "../contact/identity-card.tsx";

const STATUSES = ["unconfirmed", "confirmed", "unsubscribed", "bounced", "suppressed"] as const;

/** Who may be written to, who still has to say so, and who said no. */
export function SubscriptionsPage() {
  const asked = query.value.get("status");
  const status = STATUSES.find((known) => known === asked) ?? "unconfirmed";
  const before = query.value.get("before") ?? undefined;
  const { value, error, loading, reload } = useResource(`subscriptions ${status} ${before}`, () =>
    api.subscriptions({ status, ...(before !== undefined && { before }) }),
  );
  return (
    <>
      <a class="back" href={href("/contacts")}>
        <Icon name="back" />
        {t("contacts.title")}
      </a>
      <PageHead title={t("subscriptions.title")} lead={t("subscriptions.lead")}>
        {may("mail.read") && (
          <a class="button" href={href("/mail")}>
            <Icon name="mail" />
            {t("nav.mail")}
          </a>
        )}
      </PageHead>
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={6} />}
      {value !== undefined && (
        <>
          <Statuses counts={value.counts} chosen={status} />
          <Letters page={value} />
          {value.subscriptions.length === 0 ? (
            <Empty icon="mail" title={t("subscriptions.none")}>
              <p>{t(`subscriptions.none.${status}`)}</p>
            </Empty>
          ) : (
            <div class={loading ? "is-loading" : undefined}>
              <SubscriptionTable subscriptions={value.subscriptions} asked={() => void reload()} />
              <nav class="paging" aria-label={t("subscriptions.title")}>
                {before !== undefined && <a class="button" href={address({ status })} children={t("contacts.first")} />}
                {value.next !== null && (
                  <a class="button" href={address({ status, before: value.next })} children={t("contacts.next")} />
                )}
              </nav>
            </div>
          )}
        </>
      )}
    </>
  );
}

const address = (values: Readonly<Record<string, string>>) => href("/contacts/subscriptions", values);

function Statuses({ counts, chosen }: { readonly counts: SubscriptionPage["counts"]; readonly chosen: ChannelStatus }) {
  return (
    <nav class="tiles status-tiles" aria-label={t("subscriptions.statuses")}>
      {STATUSES.map((status) => (
        <a key={status} class="tile" href={address({ status })} aria-current={status === chosen ? "true" : undefined}>
          <span class="tile-label">{t(`status.${status}`)}</span>
          <strong class="tile-value">{number(counts[status])}</strong>
        </a>
      ))}
    </nav>
  );
}

function Letters({ page: { lastAskedAt, letters } }: { readonly page: SubscriptionPage }) {
  return (
    <p class="small muted letters-line">
      {lastAskedAt === null ? (
        t("subscriptions.neverAsked")
      ) : (
        <>
          {t("subscriptions.lastAsked")} <Time at={lastAskedAt} />.
        </>
      )}{" "}
      {letters.waiting > 0 && counted("subscriptions.waiting", letters.waiting)}{" "}
      {letters.dead > 0 && counted("subscriptions.dead", letters.dead)}
    </p>
  );
}

interface TableProps {
  readonly subscriptions: readonly Subscription[];
  asked(): void;
}

function SubscriptionTable({ subscriptions, asked }: TableProps) {
  const canAsk = may("contacts.write");
  return (
    <table class="table subscriptions-table">
      <thead>
        <tr>
          <th scope="col">{t("contacts.column.email")}</th>
          <th scope="col">{t("contacts.column.who")}</th>
          <th scope="col">{t("subscriptions.since")}</th>
          <th scope="col">{t("subscriptions.asked")}</th>
          {canAsk && (
            <th scope="col">
              <span class="off-screen">{t("subscriptions.askAgain")}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {subscriptions.map((subscription) => (
          <Row key={`${subscription.contactId} ${subscription.address}`} {...{ subscription, canAsk, asked }} />
        ))}
      </tbody>
    </table>
  );
}

function Row(props: { readonly subscription: Subscription; readonly canAsk: boolean; asked(): void }) {
  const { subscription, canAsk, asked } = props;
  const { contactId, lastAskedAt, linkUntil, since, source, status } = subscription;
  return (
    <tr>
      <td>
        <Copyable text={subscription.address} />
        <span class="line small muted">{t("source.said", { source: sourceName(source) })}</span>
      </td>
      <td data-label={t("contacts.column.who")}>
        <a class="row-link cut" href={href(`/contacts/${contactId}`)}>
          <bdi>{nameOf({ ...subscription, id: contactId })}</bdi>
        </a>
      </td>
      <td data-label={t("subscriptions.since")}>
        <Time at={since} />
      </td>
      <td data-label={t("subscriptions.asked")}>
        <span>
          {lastAskedAt === null ? <span class="not-set">{t("value.never")}</span> : <Time at={lastAskedAt} />}
          {linkUntil !== null && (
            <span class="line small muted">
              {t("subscriptions.link")} <Time at={linkUntil} />
            </span>
          )}
        </span>
      </td>
      {canAsk && <td class="cell-action">{status === "unconfirmed" && <AskAgain {...{ subscription, asked }} />}</td>}
    </tr>
  );
}

function AskAgain({ subscription, asked }: { readonly subscription: Subscription; asked(): void }) {
  const { busy, error, run } = useAction();
  const { contactId, address: to } = subscription;
  const ask = () =>
    run(async () => {
      await api.askAgain({ contactId, address: to });
      showToast(t("subscriptions.askedAgain", { address: to }));
      asked();
    });
  return (
    <>
      <button type="button" class="button small" disabled={busy} onClick={() => void ask()}>
        {t("subscriptions.askAgain")}
        <span class="off-screen"> {to}</span>
      </button>
      {error !== undefined && (
        <p class="small refused" role="alert">
          {sentenceOf(error)}
        </p>
      )}
    </>
  );
}
