import { useEffect, useRef } from "preact/hooks";
import type { ContactRow } from "../../../contract/admin/contacts.ts";
import { isTyping } from "../../overlay.ts";
import { href } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { ContactSummary } from "../contact/summary.tsx";
import { besideId, closeBeside, showBeside } from "./beside-place.ts";

/** The contact that is open beside its list, if any. */
export function Beside({ contacts }: { readonly contacts: readonly ContactRow[] }) {
  const id = besideId.value;
  return id === undefined ? null : <Panel id={id} contacts={contacts} />;
}

function Panel({ id, contacts }: { readonly id: number; readonly contacts: readonly ContactRow[] }) {
  const panel = useRef<HTMLElement>(null);
  const place = contacts.findIndex((contact) => contact.id === id);
  const previous = place < 0 ? undefined : contacts[place - 1]?.id;
  const next = place < 0 ? undefined : contacts[place + 1]?.id;
  useFocus(panel, id);
  useKeys(previous, next);
  return (
    <section ref={panel} class="beside" role="dialog" aria-label={t("beside.title")} tabIndex={-1}>
      <div class="beside-bar">
        <StepButton icon="up" label={t("beside.previous")} to={previous} />
        <StepButton icon="down" label={t("beside.next")} to={next} />
        {place >= 0 && <span class="small muted">{t("beside.place", { n: place + 1, all: contacts.length })}</span>}
        <a class="button small" href={href(`/contacts/${id}`)}>
          {t("beside.full")}
        </a>
        <button
          type="button"
          class="icon-button"
          aria-label={t("act.close")}
          title={t("act.close")}
          onClick={closeBeside}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="beside-body">
        <ContactSummary key={id} id={id} moved={showBeside} />
      </div>
    </section>
  );
}

interface StepProps {
  readonly icon: "up" | "down";
  readonly label: string;
  readonly to: number | undefined;
}

function StepButton({ icon, label, to }: StepProps) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      disabled={to === undefined}
      onClick={() => to !== undefined && showBeside(to)}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Focus goes into the panel when it opens, and to the row of who was looked at last when it closes. */
function useFocus(panel: { readonly current: HTMLElement | null }, id: number): void {
  const shown = useRef(id);
  useEffect(() => {
    shown.current = id;
    const { current } = panel;
    if (current?.contains(document.activeElement) === false) current.focus({ preventScroll: true });
    current?.scrollTo(0, 0);
    rowOf(id)?.scrollIntoView({ block: "nearest" });
  }, [id]);
  useEffect(
    () => () => {
      const { activeElement } = document;
      const isFree = activeElement === document.body || panel.current?.contains(activeElement) === true;
      if (isFree) rowOf(shown.current)?.focus({ preventScroll: true });
    },
    [],
  );
}

const rowOf = (id: number) => document.querySelector<HTMLElement>(`main a[data-contact="${id}"]`);

function useKeys(previous: number | undefined, next: number | undefined): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { key, code, ctrlKey, metaKey, altKey } = event;
      if (event.defaultPrevented || ctrlKey || metaKey || altKey || isTyping(event)) return;
      if (document.querySelector("dialog[open]") !== null) return;
      // By their place too: on a Ukrainian keyboard the same keys write other letters.
      const step = key === "j" || code === "KeyJ" ? next : key === "k" || code === "KeyK" ? previous : undefined;
      if (key === "Escape") closeBeside();
      else if (step !== undefined) showBeside(step);
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [previous, next]);
}
