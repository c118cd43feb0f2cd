import { useRef, useState } from "preact/hooks";
import type { ImportDetails } from "../../../contract/imports.ts";
import { IMPORT_PART_BYTES } from "../../../contract/wire.ts";
import { api, ApiError } from "../../api.ts";
import { href, navigate } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { Failure, PageHead } from "../../ui/parts.tsx";
import { useAction } from "../../ui/resource.ts";
import { whyNoText } from "./not-text.ts";
import { ProgressBar } from "./progress.tsx";
import { sizeOf } from "./size.ts";
import { Steps } from "./steps.tsx";

export function NewImportPage() {
  return (
    <>
      <a class="back" href={href("/imports")}>
        <Icon name="back" />
        {t("imports.back")}
      </a>
      <PageHead title={t("imports.new")} />
      <Steps here="file" />
      <FilePicker />
    </>
  );
}

interface Sending {
  readonly name: string;
  readonly done: number;
  readonly all: number;
}

/** Takes a file by drop or by choice, and sends it. `begun`: an upload that was cut off, to be made whole. */
export function FilePicker({ begun, done }: { readonly begun?: ImportDetails; done?(): void }) {
  const { busy, error, run } = useAction();
  const [sending, setSending] = useState<Sending>();
  const [refused, setRefused] = useState<string>();
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const take = (file: File | undefined) => {
    if (file === undefined || busy) return;
    if (file.size === 0) return setRefused(t("imports.file.empty"));
    if (begun !== undefined && begun.fileSize !== null && begun.fileSize !== file.size)
      return setRefused(t("imports.file.other", { size: sizeOf(file.size), expected: sizeOf(begun.fileSize) }));
    setRefused(undefined);
    void run(async () => {
      const fault = await whyNoText(file);
      if (fault !== undefined) return setRefused(t(`imports.file.${fault}`));
      const id = begun?.id ?? (await api.beginImport({ fileName: file.name.slice(0, 255), fileSize: file.size })).id;
      await sendParts(id, file, (sent) => setSending({ name: file.name, done: sent, all: file.size }));
      await api.completeImport(id);
      if (done === undefined) navigate(href(`/imports/${id}`), "replace");
      else done();
    });
  };
  return (
    <div
      class={`card import-drop ${isOver ? "is-over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files[0]);
      }}
    >
      <span class="empty-icon">
        <Icon name="imports" />
      </span>
      <h2>{t("imports.file.drop")}</h2>
      <p class="muted">{t("imports.file.hint")}</p>
      <input
        ref={input}
        type="file"
        accept=".csv,.tsv,.txt,text/csv,text/plain"
        class="off-screen"
        tabIndex={-1}
        aria-label={t("imports.file.choose")}
        onChange={(event) => take(event.currentTarget.files?.[0])}
      />
      <button type="button" class="button primary" disabled={busy} onClick={() => input.current?.click()}>
        {t("imports.file.choose")}
      </button>
      {sending !== undefined && busy && (
        <ProgressBar share={sending.done / sending.all}>
          {t("imports.file.sending", { name: sending.name, done: sizeOf(sending.done), all: sizeOf(sending.all) })}
        </ProgressBar>
      )}
      {refused !== undefined && (
        <div class="failure" role="alert">
          <Icon name="warning" />
          <p>{refused}</p>
        </div>
      )}
      {error !== undefined && <Failure error={error} />}
    </div>
  );
}

const TRIES = 5;

/** Part by part, so that a connection that breaks costs one part and not the file. */
async function sendParts(id: number, file: File, onSent: (bytes: number) => void): Promise<void> {
  for (let part = 0; part * IMPORT_PART_BYTES < file.size; part += 1) {
    const end = Math.min(file.size, (part + 1) * IMPORT_PART_BYTES);
    await sendPart({ id, part, bytes: file.slice(part * IMPORT_PART_BYTES, end) });
    onSent(end);
  }
}

async function sendPart(sent: { readonly id: number; readonly part: number; readonly bytes: Blob }): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await api.sendImportPart(sent.id, sent.part, sent.bytes);
    } catch (error) {
      const isPassing = error instanceof ApiError && (error.status === 0 || error.status >= 500);
      if (!isPassing || attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
  }
}
