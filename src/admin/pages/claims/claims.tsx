import type { Claim } from "../../../contract/admin/claims.ts";
import { api } from "../../api.ts";
import { href } from "../../router.ts";
import { may } from "../../session.ts";
import { counted, openNumber, t } from "../../text/index.ts";
import { date } from "../../text/time.ts";
import { Copyable } from "../../ui/copy.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Empty, Failure, PageHead, Skeleton, Time } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { pathOf } from "../../ui/web-address.ts";
import { showToast } from "../../ui/toast.tsx";

/** "23 events from one browser claim this address": what waits for proof, and why nothing changed. */
export function ClaimsPage() {
  const { value, error, reload } = useResource("claims", api.claims);
  return (
    <>
      <a class="back" href={href("/contacts")}>
        <Icon name="back" />
        {t("contacts.title")}
      </a>
      <PageHead title={t("claims.title")} lead={t("claims.lead")} />
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={3} />}
      {value?.claims.length === 0 && (
        <Empty icon="check" title={t("claims.none")}>
          <p>{t("claims.none.hint")}</p>
        </Empty>
      )}
      <ul class="plain stack">
        {value?.claims.map((claim) => (
          <ClaimItem key={claim.id} claim={claim} gone={() => void reload()} />
        ))}
      </ul>
    </>
  );
}

interface Props {
  readonly claim: Claim;
  /** It was dismissed. */
  gone(): void;
}

export function ClaimItem({ claim, gone }: Props) {
  const values = [claim.externalCustomerId, claim.email, claim.phone].filter((value) => value !== null);
  return (
    <li class="card claim">
      <div>
        <p>
          {counted("claims.one", claim.events, { n: openNumber(claim.events, claim.eventsCountedTo) })}{" "}
          {values.map((value) => (
            <Copyable key={value} text={value} />
          ))}
        </p>
        <p class="small muted">
          {t("source.visitor")} <Copyable text={claim.visitorId} length={24} />
          {claim.url !== null && <> · {t("source.onPage", { page: pathOf(claim.url) })}</>} ·{" "}
          <Time at={claim.claimedAt} /> · {t("claims.until", { until: date(claim.expiresAt) })}
        </p>
        <p class="small">
          {t("claims.holder")}{" "}
          {claim.holders.map((holder) => (
            <a key={holder} class="tag" href={href(`/contacts/${holder}`)}>
              {t("contacts.nameless", { id: holder })}
            </a>
          ))}
        </p>
      </div>
      {may("contacts.write") && <DismissButton claim={claim} gone={gone} />}
    </li>
  );
}

function DismissButton({ claim, gone }: Props) {
  const { busy, error, run } = useAction();
  const dismiss = () =>
    run(async () => {
      await api.dismissClaim(claim.id);
      showToast(t("claims.dismissed"));
      gone();
    });
  return (
    <div>
      <button type="button" class="button small" disabled={busy} onClick={() => void dismiss()}>
        {t("claims.dismiss")}
      </button>
      {error !== undefined && <Failure error={error} />}
    </div>
  );
}
