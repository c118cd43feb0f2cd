import { computed } from "@preact/signals";
import { href, navigate, path, query } from "../../router.ts";

/** Where there is room for a list and a contact side by side; styles/beside.css says the same. */
const wide = matchMedia("(min-width: 900px)");

/** Of an entry of the browser's history that Back leaves for the list alone. */
const OPENED_HERE = { openedBeside: true };

/** The contact that is open beside the list, as the address says. */
export const besideId = computed(() => {
  const id = Number(query.value.get("open") ?? NaN);
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
});

const addressWith = (id: number | undefined): string =>
  href(path.value, { ...Object.fromEntries(query.value), open: id === undefined ? undefined : String(id) });

/** One step of Back closes it, however many were looked at in between. */
export function showBeside(id: number): void {
  if (besideId.value === undefined) navigate(addressWith(id), "push", OPENED_HERE);
  else navigate(addressWith(id), "replace");
}

export function closeBeside(): void {
  const state = history.state as Partial<typeof OPENED_HERE> | null;
  if (state?.openedBeside === true) history.back();
  else navigate(addressWith(undefined), "replace");
}

/** For a click on the link to the contact's own page: a plain one, where there is room, keeps the list. */
export function openBeside(event: MouseEvent, id: number): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!isPlain || !wide.matches) return;
  event.preventDefault();
  showBeside(id);
}
