import { useEffect, useRef, useState } from "preact/hooks";
import type { ContactRow } from "../../../contract/admin/contacts.ts";
import { api } from "../../api.ts";
import { closeOverlay } from "../../overlay.ts";
import { visit } from "../../router.ts";
import { counted, t } from "../../text/index.ts";
import { Modal } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure } from "../../ui/parts.tsx";
import { useResource, type Resource } from "../../ui/resource.ts";
import { findsOf, type Find, type Finds } from "./finds.ts";

/** A pause in typing that is worth a question to the server. */
const PAUSE = 150;

interface Answer<Value> {
  readonly q: string;
  readonly value: Value;
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** The contacts that `q` finds, once it has been left alone for a moment. */
function useContacts(q: string) {
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(q), PAUSE);
    return () => clearTimeout(timer);
  }, [q]);
  const page = useResource<Answer<readonly ContactRow[]>>(`finder ${asked}`, async () => {
    return { q: asked, value: asked === "" ? [] : (await api.contacts({ q: asked })).contacts };
  });
  const count = useResource<Answer<number>>(`finder counted ${asked}`, async () => {
    return { q: asked, value: asked === "" ? 0 : (await api.countContacts({ q: asked })).total };
  });
  return { contacts: answerFor(q, page) ?? [], total: answerFor(q, count), error: page.error ?? count.error };
}

/** What is there may still be the answer to what was typed before. */
const answerFor = <Value,>(q: string, { value }: Resource<Answer<Value>>): Value | undefined =>
  value?.q === q ? value.value : undefined;

function go({ address }: Find): void {
  closeOverlay();
  visit(address);
}

/** One field that leads everywhere: to a contact by any identifier, a segment or a screen by its name. */
export function Finder() {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const q = typed.trim();
  const { contacts, total, error } = useContacts(q);
  const segments = useResource("segments", api.segments);
  const groups = findsOf({ q, segments: segments.value?.segments ?? [], contacts });
  const all = groups.flatMap(({ finds }) => finds);
  const active = Math.min(chosen, all.length - 1);

  function onKeyDown(event: KeyboardEvent) {
    const step = STEPS[event.key];
    const find = all[active];
    if (step !== undefined && all.length > 0) setChosen((active + step + all.length) % all.length);
    else if (event.key === "Enter" && find !== undefined) go(find);
    else return;
    event.preventDefault();
  }
  return (
    <Modal name={{ "aria-label": t("finder.title") }} look="finder" close={closeOverlay}>
      <div class="finder-field">
        <Icon name="search" />
        <input
          role="combobox"
          aria-label={t("finder.title")}
          aria-expanded={all.length > 0}
          aria-controls="finder-list"
          aria-autocomplete="list"
          aria-activedescendant={all.length > 0 ? `find-${active}` : undefined}
          placeholder={t("finder.hint")}
          maxLength={254}
          autocomplete="off"
          spellcheck={false}
          data-first
          value={typed}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
        <button type="button" class="finder-close" onClick={closeOverlay} aria-label={t("act.close")}>
          <Icon name="close" />
        </button>
      </div>
      {error !== undefined && <Failure error={error} />}
      <Results groups={groups} active={active} />
      <p class="finder-note small muted" role="status">
        {q !== "" &&
          error === undefined &&
          (total === undefined ? t("finder.searching") : counted("finder.count", total))}
      </p>
    </Modal>
  );
}

function Results({ groups, active }: { readonly groups: readonly Finds[]; readonly active: number }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  });
  const starts = groups.map((_, index) => groups.slice(0, index).reduce((sum, { finds }) => sum + finds.length, 0));
  return (
    <div ref={list} class="finder-list" id="finder-list" role="listbox" aria-label={t("finder.results")}>
      {groups.map(({ title, finds }, group) => (
        <div key={title} role="group" aria-label={t(title)}>
          <p class="finder-head" aria-hidden="true">
            {t(title)}
          </p>
          {finds.map((find, index) => {
            const position = (starts[group] ?? 0) + index;
            return (
              <div
                key={find.address}
                class="find"
                role="option"
                id={`find-${position}`}
                aria-selected={position === active}
                onClick={() => go(find)}
              >
                <Icon name={find.icon} />
                <bdi class="cut">{find.name}</bdi>
                {find.note !== undefined && <bdi class="find-note cut">{find.note}</bdi>}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}
