import { useState } from "preact/hooks";
import { t } from "../text/index.ts";
import { Field } from "./field.tsx";

interface Props {
  /** What has to be typed before it can be done. Undefined: nothing, for it can be taken back. */
  readonly text?: string | undefined;
  /** What the button says. */
  readonly label: string;
  readonly busy?: boolean;
  close(): void;
  /** `typed`: as it stands in the field; the server may want to see it too. */
  carryOut(typed: string): void;
}

/** The end of a dialog about something that is lost: its button waits until it is typed what it is about. */
export function DangerousEnd({ text, label, busy = false, close, carryOut }: Props) {
  const [typed, setTyped] = useState("");
  const isReady = text === undefined || typed.trim() === text;
  function onSubmit(event: SubmitEvent) {
    event.preventDefault();
    if (isReady) carryOut(typed);
  }
  return (
    <form class="stack" onSubmit={onSubmit}>
      {text !== undefined && (
        <Field
          label={t("acts.type", { text })}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
          autocomplete="off"
          inputMode="numeric"
        />
      )}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={close}>
          {t("act.cancel")}
        </button>
        <button type="submit" class="button danger" disabled={busy || !isReady}>
          {label}
        </button>
      </div>
    </form>
  );
}
