import { useState } from "preact/hooks";
import { t } from "../text/index.ts";
import { Icon } from "./icon.tsx";

/** The clipboard is not there on plain http; a selected field can be copied everywhere. */
async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "off-screen";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

function useCopied(text: string): { readonly copied: boolean; copy(): void } {
  const [copied, setCopied] = useState(false);
  return {
    copied,
    copy: () =>
      void copyText(text).then(
        () => {
          setCopied(true);
          setTimeout(() => setCopied(false), 2_000);
        },
        () => undefined,
      ),
  };
}

export function CopyButton({ text }: { readonly text: string }) {
  const { copied, copy } = useCopied(text);
  return (
    <button type="button" class="button copy-button" onClick={copy}>
      <Icon name={copied ? "check" : "copy"} />
      <span aria-live="polite">{t(copied ? "act.copied" : "act.copy")}</span>
    </button>
  );
}

/** An id, address or key: cut in the middle when long, whole on hover, copied by a click. */
export function Copyable({ text, length = 30 }: { readonly text: string; readonly length?: number }) {
  const { copied, copy } = useCopied(text);
  const half = Math.floor((length - 1) / 2);
  const shown = text.length > length ? `${text.slice(0, half)}…${text.slice(-half)}` : text;
  return (
    <button type="button" class="copyable mono" title={text} onClick={copy} aria-label={`${t("act.copy")}: ${text}`}>
      <bdi>{shown}</bdi>
      <Icon name={copied ? "check" : "copy"} />
      <span class="off-screen" aria-live="polite">
        {copied ? t("act.copied") : ""}
      </span>
    </button>
  );
}

/** Text to paste elsewhere, with its button. */
export function Snippet({ text }: { readonly text: string }) {
  return (
    <div class="snippet">
      <pre>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} />
    </div>
  );
}
