import { computed, signal } from "@preact/signals";
import { BASE, readPlace, type Place } from "./address.ts";

// The address bar holds the state of every screen: what is searched, which page, which contact. See SCREENS in app.tsx.

const place = signal<Place>(readPlace());
export const path = computed(() => place.value.path);
export const query = computed(() => place.value.query);

/** The address of a screen. Values that are empty are left out. */
export function href(to: string, values: Readonly<Record<string, string | undefined>> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) search.set(name, value);
  const text = search.toString();
  return BASE + (to === "/" ? "" : to) + (text && `?${text}`);
}

type Guard = (goOn: () => void) => void;
let guard: Guard | undefined;

/** From now on whoever leaves the screen is asked first: `ask` gets what goes on. Answers how to stop asking. */
export function guardLeaving(ask: Guard): () => void {
  guard = ask;
  return () => {
    if (guard === ask) guard = undefined;
  };
}

/** Goes to an address made by `href`. `replace`: Back skips the address left. `state`: what the new entry is to remember. */
export function navigate(address: string, how: "push" | "replace" = "push", state: object | null = null): void {
  const leavesScreen = new URL(address, location.href).pathname !== location.pathname;
  if (how === "push") history.pushState(state, "", address);
  else history.replaceState(history.state, "", address);
  place.value = readPlace();
  if (leavesScreen) window.scrollTo(0, 0);
}

/** The same where somebody chose to go: they are asked first when they would lose something. */
export function visit(address: string): void {
  const leavesScreen = new URL(address, location.href).pathname !== location.pathname;
  if (guard !== undefined && leavesScreen) guard(() => navigate(address));
  else navigate(address);
}

/** Takes over ordinary clicks on our own links and the Back button. Answers how to stop. */
export function startRouter(): () => void {
  // Where Back or Forward led from, which the browser forgets.
  let here = location.href;
  const noteHere = place.subscribe(() => void (here = location.href));
  const onPop = () => {
    const to = location.pathname + location.search;
    const ask = new URL(here).pathname === location.pathname ? undefined : guard;
    if (ask === undefined) {
      place.value = readPlace();
      return;
    }
    // The screen stays, so its address does; an entry of history goes on from it.
    history.pushState(null, "", here);
    ask(() => navigate(to));
  };
  const onClick = (event: MouseEvent) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (link === null || !isPlain || event.defaultPrevented || link.target !== "" || link.hasAttribute("download"))
      return;
    const to = new URL(link.href, location.href);
    if (to.origin !== location.origin || !`${to.pathname}/`.startsWith(`${BASE}/`) || to.hash !== "") return;
    event.preventDefault();
    visit(to.pathname + to.search);
  };
  window.addEventListener("popstate", onPop);
  document.addEventListener("click", onClick);
  return () => {
    noteHere();
    window.removeEventListener("popstate", onPop);
    document.removeEventListener("click", onClick);
  };
}
