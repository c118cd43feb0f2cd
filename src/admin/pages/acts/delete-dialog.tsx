import type { ActForecast } from "../../../contract/acts.ts";
import { counted, t } from "../../text/index.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { DangerousEnd } from "../../ui/typed.tsx";
import { belongingsOf } from "./words.ts";

interface Props {
  readonly forecast: ActForecast;
  close(): void;
  remove(): void;
}

/** Whom it is about and what goes with them, in numbers, before many are deleted. */
export function DeleteDialog({ forecast, close, remove }: Props) {
  const { contacts, withoutExternalId: final } = forecast;
  return (
    <Dialog title={counted("acts.delete.title", contacts)} close={close}>
      <p>
        {t("effect.belongs", { what: belongingsOf(forecast) })} {t("acts.delete.hint")}
      </p>
      {contacts > final && <p>{counted("acts.delete.back", contacts - final)}</p>}
      {final > 0 && <p class="note warn">{counted("acts.delete.final", final)}</p>}
      <DangerousEnd
        text={final > 0 ? String(contacts) : undefined}
        label={counted("acts.delete.all", contacts)}
        close={close}
        carryOut={remove}
      />
    </Dialog>
  );
}
