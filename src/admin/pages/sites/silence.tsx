import { useEffect, useState } from "preact/hooks";
import type { SilenceCause, Site } from "../../../contract/admin/sites.ts";
import { api } from "../../api.ts";
import { href } from "../../router.ts";
import { may } from "../../session.ts";
import { counted, known, t } from "../../text/index.ts";
import { Failure, Time } from "../../ui/parts.tsx";
import { useAction, useResource } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";

const PATIENCE = 60_000;
const ASK_EVERY = 3_000;

interface Props {
  readonly site: Site;
  changed(site: Site): void;
}

/** A minute after the site was made and still no event: what the server saw, then what it usually is. */
export function Silence({ site, changed }: Props) {
  const [late, setLate] = useState(Date.now() >= site.createdAt + PATIENCE);
  useEffect(() => {
    if (late) return undefined;
    const timer = setTimeout(() => setLate(true), site.createdAt + PATIENCE - Date.now());
    return () => clearTimeout(timer);
  }, [late, site.createdAt]);
  return late ? <Causes site={site} changed={changed} /> : null;
}

function Causes({ site, changed }: Props) {
  const { value, error, reload } = useResource(`silence ${site.id}`, () => api.silence(site.id));
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void reload();
    }, ASK_EVERY);
    return () => clearInterval(timer);
  }, [reload]);
  return (
    <div class="note causes">
      <h3>{t("silence.title")}</h3>
      {error !== undefined && <Failure error={error} />}
      {value !== undefined && (
        <div role="status">
          <ul class="seen">
            {value.causes.map((cause) => (
              <li key={JSON.stringify([cause.kind, "origin" in cause && cause.origin, "code" in cause && cause.code])}>
                <Cause cause={cause} site={site} changed={changed} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <h3>{t("silence.usual")}</h3>
      <ul>
        <li>{t("sites.causes.published")}</li>
        <li>{t("sites.causes.blocked")}</li>
        <li>{t("sites.causes.csp")}</li>
        <li>{t("sites.causes.ignored")}</li>
        <li>{t("sites.causes.consent")}</li>
      </ul>
    </div>
  );
}

function Cause({ cause, site, changed }: { readonly cause: SilenceCause } & Props) {
  switch (cause.kind) {
    case "nothing":
      return <>{t("silence.nothing")}</>;
    case "rejected":
      return (
        <>
          {counted("silence.rejected", cause.times, { code: cause.code })} <Time at={cause.lastAt} />.{" "}
          <a href={href("/sites/rejected", { code: cause.code })}>{t("silence.rejected.link")}</a>
        </>
      );
    case "onlyScript":
      return (
        <>
          {t("silence.onlyScript", { page: pageOf(cause.origin) })} <Time at={cause.lastAt} />.{" "}
          {t("silence.onlyScript.hint")}
        </>
      );
    case "wrongKey":
      return (
        <>
          {t("silence.wrongKey", { page: pageOf(cause.origin), wrong: cause.siteKey || "?", right: site.key })}{" "}
          <Time at={cause.lastAt} />.
        </>
      );
    case "blockedOrigin":
      return (
        <>
          {t("silence.blockedOrigin", { page: pageOf(cause.origin) })} <Time at={cause.lastAt} />.{" "}
          {may("sites.write") && cause.origin !== "" && <Allow origin={cause.origin} site={site} changed={changed} />}
        </>
      );
    case "refused":
      return (
        <>
          {t("silence.refused", { page: pageOf(cause.origin), why: whyRefused(cause.code) })} <Time at={cause.lastAt} />
          .
        </>
      );
  }
}

const pageOf = (origin: string) => origin || t("silence.unknownPage");

function whyRefused(code: string): string {
  const key = known(`silence.code.${code}`);
  return key === undefined ? code : t(key);
}

function Allow({ origin, site, changed }: Props & { readonly origin: string }) {
  const { busy, error, run } = useAction();
  const allow = () =>
    run(async () => {
      changed(await api.changeSite(site.id, { allowedOrigins: [...site.allowedOrigins, origin] }));
      showToast(t("silence.allowed", { page: origin }));
    });
  return (
    <>
      <button type="button" class="button small" disabled={busy} onClick={() => void allow()}>
        {t("silence.allow", { page: origin })}
      </button>
      {error !== undefined && <Failure error={error} />}
    </>
  );
}
