import { api } from "../../api.ts";
import { href, query } from "../../router.ts";
import { session } from "../../session.ts";
import { t } from "../../text/index.ts";
import { BackToSettings } from "../../ui/back.tsx";
import { Empty, Failure, PageHead, Skeleton, Time } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";

export function MailListPage() {
  const before = query.value.get("before") ?? undefined;
  const { value, error, reload } = useResource(`mail ${before}`, () =>
    api.mail({ ...(before !== undefined && { before }) }),
  );
  const captured = session.value.kind === "in" && session.value.me.mailIsCaptured;
  return (
    <>
      <BackToSettings />
      <PageHead title={t("mail.title")} lead={t(captured ? "mail.captured" : "mail.sent")} />
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {value === undefined && error === undefined && <Skeleton rows={5} />}
      {value?.mail.length === 0 && (
        <Empty icon="mail" title={t("mail.empty")}>
          <p>{t("mail.empty.hint")}</p>
          <a class="button primary" href={href("/sites")}>
            {t("contacts.empty.action")}
          </a>
        </Empty>
      )}
      {value !== undefined && value.mail.length > 0 && (
        <>
          <ul class="plain letters card flush">
            {value.mail.map((letter) => (
              <li key={letter.id}>
                <a href={href(`/mail/${letter.id}`)}>
                  <strong class="cut">
                    <bdi>{letter.subject}</bdi>
                  </strong>
                  <span class="muted cut">
                    {t("mail.to")} <bdi>{letter.to}</bdi>
                  </span>
                  <Time at={letter.at} />
                </a>
              </li>
            ))}
          </ul>
          <nav class="paging" aria-label={t("mail.title")}>
            {before !== undefined && <a class="button" href={href("/mail")} children={t("mail.newest")} />}
            {value.next !== null && (
              <a class="button" href={href("/mail", { before: value.next })} children={t("mail.older")} />
            )}
          </nav>
        </>
      )}
    </>
  );
}
