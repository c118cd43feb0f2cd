import { useState } from "preact/hooks";
import type { RejectedMessage } from "../../../contract/admin/rejected.ts";
import { api } from "../../api.ts";
import { may } from "../../session.ts";
import { t } from "../../text/index.ts";
import { TextArea, valueOf } from "../../ui/field.tsx";
import { Failure, Time } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { showToast } from "../../ui/toast.tsx";

interface Props {
  readonly message: RejectedMessage;
  /** It was replayed or dismissed. */
  gone(): void;
}

export function RejectedItem({ message, gone }: Props) {
  return (
    <li class="card">
      <p>
        <span class="tag">{message.code}</span> <bdi>{message.reason}</bdi>
      </p>
      <p class="small muted">
        <Time at={message.at} />
      </p>
      {may("sites.write") ? (
        <RepairForm message={message} gone={gone} />
      ) : (
        <details>
          <summary>{t("rejected.message")}</summary>
          <pre class="mono small">{message.message}</pre>
        </details>
      )}
    </li>
  );
}

function RepairForm({ message, gone }: Props) {
  const { busy, error, run } = useAction();
  const [broken, setBroken] = useState<"json">();
  const replay = (event: SubmitEvent) => {
    event.preventDefault();
    const repaired = objectOf(valueOf(event.currentTarget as HTMLFormElement, "message"));
    setBroken(repaired === undefined ? "json" : undefined);
    if (repaired === undefined) return;
    void run(async () => {
      await api.replayRejected(message.id, { message: repaired });
      showToast(t("rejected.replayed"));
      gone();
    });
  };
  const dismiss = () =>
    run(async () => {
      await api.dismissRejected(message.id);
      showToast(t("rejected.dismissed"));
      gone();
    });
  return (
    <details>
      <summary>{t("rejected.repair")}</summary>
      <form onSubmit={replay}>
        <TextArea
          name="message"
          class="mono"
          label={t("rejected.message")}
          hint={t("rejected.message.hint")}
          rows={Math.min(16, message.message.split("\n").length + 1)}
          spellcheck={false}
          defaultValue={message.message}
        />
        {broken !== undefined && (
          <p class="failure" role="alert">
            {t("rejected.notJson")}
          </p>
        )}
        {error !== undefined && <Failure error={error} />}
        <p class="actions">
          <button class="button primary" disabled={busy}>
            {t("rejected.replay")}
          </button>{" "}
          <button type="button" class="button" disabled={busy} onClick={() => void dismiss()}>
            {t("rejected.dismiss")}
          </button>
        </p>
      </form>
    </details>
  );
}

/** Undefined: the text is no JSON object. */
function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
