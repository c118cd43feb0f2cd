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

interface CopyableProps {
  readonly text: string;
  /** Characters. An email is as long as there is room instead. */
  readonly length?: number;
}

/** An id, address or key: cut in the middle when long, whole on hover, copied by a click. */
export function Copyable({ text, length = 30 }: CopyableProps) {
  const { copied, copy } = useCopied(text);
  return (
    <button type="button" class="copyable mono" title={text} onClick={copy} aria-label={`${t("act.copy")}: ${text}`}>
      {text.includes("@") ? <Email text={text} /> : <bdi>{cutInTheMiddle(text, length)}</bdi>}
      <Icon name={copied ? "check" : "copy"} />
      <span class="off-screen" aria-live="polite">
        {copied ? t("act.copied") : ""}
      </span>
    </button>
  );
}

function cutInTheMiddle(text: string, length: number): string {
  const half = Math.floor((length - 1) / 2);
  return text.length > length ? `${text.slice(0, half)}…${text.slice(-half)}` : text;
}

/** Where there is not room for all of it the name before the @ gives way, and only then the domain. */
function Email({ text }: { readonly text: string }) {
  const at = text.lastIndexOf("@");
  const name = text.slice(0, at);
  return (
    <span class="email">
      <bdi class={name.length > 4 ? "cut" : undefined}>{name}</bdi>
      <bdi class="cut">{text.slice(at)}</bdi>
    </span>
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
