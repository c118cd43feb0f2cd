import { api } from "../../api.ts";
import { href } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Failure, isMissing, Missing, PageHead, Skeleton, Time } from "../../ui/parts.tsx";
import { useResource } from "../../ui/resource.ts";
import { SafeLink } from "../../ui/safe-link.tsx";
import { webAddress } from "../../ui/web-address.ts";

export function LetterPage({ id }: { readonly id: string }) {
  const { value: letter, error, reload } = useResource(`letter ${id}`, () => api.letter(id));
  if (isMissing(error))
    return <Missing icon="mail" title={t("mail.unknown")} to={href("/mail")} others={t("mail.title")} />;
  return (
    <>
      <a class="back" href={href("/mail")}>
        <Icon name="back" />
        {t("mail.title")}
      </a>
      {error !== undefined && <Failure error={error} retry={() => void reload()} />}
      {letter === undefined && error === undefined && <Skeleton rows={5} />}
      {letter !== undefined && (
        <>
          <PageHead title={letter.subject} />
          <article class="card letter">
            <dl class="facts">
              <div>
                <dt>{t("mail.from")}</dt>
                <dd>
                  <bdi>{letter.from}</bdi>
                </dd>
              </div>
              <div>
                <dt>{t("mail.to")}</dt>
                <dd>
                  <bdi>{letter.to}</bdi>
                </dd>
              </div>
              <div>
                <dt>{t("mail.when")}</dt>
                <dd>
                  <Time at={letter.at} />
                </dd>
              </div>
            </dl>
            <LetterText text={letter.text} />
          </article>
        </>
      )}
    </>
  );
}

/** The text part, its links to be followed. The HTML part is not shown: it would bring its own markup. */
function LetterText({ text }: { readonly text: string }) {
  const parts = text.split(/(https?:\/\/[^\s<>"]+)/);
  return (
    <div class="letter-text">
      {parts.map((part, index) => (webAddress(part) === undefined ? part : <SafeLink key={index} address={part} />))}
    </div>
  );
}
