import { signal } from "@preact/signals";
import type { ContactRow } from "../../../contract/admin/contacts.ts";
import { MAX_CHOSEN } from "../../../contract/limits.ts";
import { may } from "../../session.ts";
import { number, t } from "../../text/index.ts";
import { showToast } from "../../ui/toast.tsx";

interface Chosen {
  /** The list in which they were chosen: another one begins with nobody. */
  readonly list: string;
  readonly ids: ReadonlySet<number>;
  /** Everybody in the list, whatever ids there are. */
  readonly all: boolean;
}

const NOBODY: ReadonlySet<number> = new Set();
const chosen = signal<Chosen>({ list: "", ids: NOBODY, all: false });

/** Whom somebody has chosen in a list. It outlasts the page of the list, not the list. */
export interface Choice {
  readonly ids: ReadonlySet<number>;
  readonly all: boolean;
  /** How much of the page that is shown is chosen. */
  readonly page: "none" | "some" | "all";
  readonly onPage: number;
  has(id: number): boolean;
  toggle(id: number): void;
  togglePage(): void;
  /** This page and nobody else. */
  choosePage(): void;
  chooseAll(): void;
  clear(): void;
}

/** Undefined: whoever looks at the list can do nothing to those in it. */
export function choiceOf(list: string, contacts: readonly ContactRow[]): Choice | undefined {
  if (!may("contacts.write") && !may("contacts.download")) return undefined;
  const own = chosen.value.list === list ? chosen.value : { list, ids: NOBODY, all: false };
  const { ids, all } = own;
  const pageIds = contacts.map(({ id }) => id);
  const on = all ? pageIds.length : pageIds.filter((id) => ids.has(id)).length;
  const set = (next: Iterable<number>, everybody = false) => {
    const wanted = new Set(next);
    if (wanted.size > MAX_CHOSEN) showToast(t("acts.most", { most: number(MAX_CHOSEN) }));
    else chosen.value = { list, ids: wanted, all: everybody };
  };
  return {
    ids,
    all,
    page: on === 0 ? "none" : on === pageIds.length ? "all" : "some",
    onPage: pageIds.length,
    has: (id) => all || ids.has(id),
    toggle(id) {
      // One less than everybody: of the pages that are not shown nobody has seen whom that would be.
      if (all) set(pageIds.filter((other) => other !== id));
      else set(ids.has(id) ? [...ids].filter((other) => other !== id) : [...ids, id]);
    },
    togglePage() {
      if (on === pageIds.length) set(all ? [] : [...ids].filter((id) => !pageIds.includes(id)));
      else set([...ids, ...pageIds]);
    },
    choosePage: () => set(pageIds),
    chooseAll: () => set(ids, true),
    clear: () => set([]),
  };
}
