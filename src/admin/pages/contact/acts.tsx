import { useState } from "preact/hooks";
import type { ActForecast } from "../../../contract/acts.ts";
import type { ContactCard } from "../../../contract/admin/contact-card.ts";
import { api, personAddress } from "../../api.ts";
import { href, navigate } from "../../router.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";
import { DangerousEnd } from "../../ui/typed.tsx";
import { belongingsOf } from "../acts/words.ts";

interface Props {
  readonly card: ContactCard;
  readonly name: string;
  reload(): Promise<void>;
}

export function Acts(props: Props) {
  return (
    <div class="page-actions">
      {may("contacts.download") && (
        <a class="button" href={personAddress(props.card.id)} title={t("contact.export.hint")} download>
          <Icon name="download" />
          {t("contact.export")}
        </a>
      )}
      {may("contacts.write") && <Deletion {...props} />}
      {may("contacts.erase") && <Erasure card={props.card} name={props.name} />}
    </div>
  );
}

/** Deleting asks nothing beforehand where it can be taken back; where it cannot, it says so first. */
function Deletion({ card, name, reload }: Props) {
  const { busy, error, run } = useAction();
  const [asked, setAsked] = useState<ActForecast>();
  const canComeBack = card.externalCustomerId !== null;
  const restore = () =>
    run(async () => {
      await api.restoreContact(card.id);
      await reload();
      showToast(t("contact.restore.done", { name }));
    });
  async function remove(forecast: ActForecast): Promise<void> {
    setAsked(undefined);
    await api.deleteContact(card.id);
    await reload();
    const said = `${t("contact.delete.done", { name })}, ${t("effect.with", { what: belongingsOf(forecast) })}`;
    showToast(said, canComeBack ? () => void restore() : undefined);
  }
  const ask = () =>
    run(async () => {
      const forecast = await api.forecastAct({ contactIds: [card.id] });
      if (canComeBack) await remove(forecast);
      else setAsked(forecast);
    });
  if (card.status === "deleted" && !canComeBack) return null;
  return (
    <>
      {card.status === "live" ? (
        <button type="button" class="button" disabled={busy} onClick={() => void ask()}>
          <Icon name="trash" />
          {t("contact.delete")}
        </button>
      ) : (
        <button type="button" class="button" disabled={busy} onClick={() => void restore()}>
          <Icon name="restore" />
          {t("contact.restore")}
        </button>
      )}
      {error !== undefined && <Failure error={error} />}
      {asked !== undefined && (
        <Dialog title={t("contact.delete.title", { name })} close={() => setAsked(undefined)}>
          <p>{t("effect.belongs.one", { what: belongingsOf(asked) })}</p>
          <p>{t("contact.delete.hint")}</p>
          <DangerousEnd
            label={t("contact.delete")}
            close={() => setAsked(undefined)}
            carryOut={() => void run(() => remove(asked))}
          />
        </Dialog>
      )}
    </>
  );
}

/** For good, so it is typed whom it is about. */
function Erasure({ card, name }: Omit<Props, "reload">) {
  const { busy, error, run } = useAction();
  const [asked, setAsked] = useState<ActForecast>();
  const ask = () => run(async () => setAsked(await api.forecastAct({ contactIds: [card.id] })));
  const erase = (forecast: ActForecast, confirmation: string) =>
    run(async () => {
      await api.eraseContact(card.id, { confirmation });
      const effect = t("effect.with", { what: belongingsOf(forecast) });
      showToast(t("contact.erase.done", { effect }));
      navigate(href("/contacts"), "replace");
    });
  return (
    <>
      <button type="button" class="button" disabled={busy} onClick={() => void ask()}>
        {t("contact.erase")}
      </button>
      {asked === undefined && error !== undefined && <Failure error={error} />}
      {asked !== undefined && (
        <Dialog title={t("contact.erase.title", { name })} close={() => setAsked(undefined)}>
          <p>{t("effect.belongs.one", { what: belongingsOf(asked) })}</p>
          <p class="note warn">{t("contact.erase.hint")}</p>
          {error !== undefined && <Failure error={error} />}
          <DangerousEnd
            text={String(card.id)}
            label={t("contact.erase")}
            busy={busy}
            close={() => setAsked(undefined)}
            carryOut={(typed) => void erase(asked, typed)}
          />
        </Dialog>
      )}
    </>
  );
}
