// Moves between the rooms of the lookbook without page loads. Each room is a page of its own too, so links keep working
// without this script.

/** @typedef {{ title: string, content: readonly Node[] }} View */

/** @type {Map<string, View>} */
const seen = new Map();
let wanted = location.pathname;

/** @param {Document} page @returns {View | undefined} */
function viewOf(page) {
  const view = page.getElementById("view");
  return view
    ? { title: page.title, content: [...view.childNodes].map((node) => document.importNode(node, true)) }
    : undefined;
}

/**
 * A page as the browser parses it: no markup is made from text, which the shop's policy forbids.
 * @param {string} path
 * @returns {Promise<Document | undefined>}
 */
const fetchPage = (path) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", path);
    request.responseType = "document";
    request.onload = () => resolve((request.status === 200 && request.responseXML) || undefined);
    request.onerror = reject;
    request.send();
  });

/** @param {string} path */
async function fetchView(path) {
  const known = seen.get(path);
  if (known) return known;
  const page = await fetchPage(path);
  const view = page && viewOf(page);
  if (view) seen.set(path, view);
  return view;
}

/** @param {View} view */
function show(view) {
  const place = document.getElementById("view");
  if (!place) return;
  document.title = view.title;
  place.replaceChildren(...view.content.map((node) => node.cloneNode(true)));
  const heading = place.querySelector("h1");
  if (heading instanceof HTMLElement) heading.focus({ preventScroll: true });
}

/** @param {string} path @param {() => void} beforeShowing */
async function open(path, beforeShowing) {
  wanted = path;
  const view = await fetchView(path).catch(() => undefined);
  // Somebody clicked on while this one was loading.
  if (wanted !== path) return;
  if (!view) {
    location.assign(path);
    return;
  }
  beforeShowing();
  show(view);
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-view]") : null;
  if (!(link instanceof HTMLAnchorElement) || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const path = link.pathname;
  void open(path, () => {
    history.pushState(null, "", path);
    scrollTo(0, 0);
  });
});

addEventListener("popstate", () => void open(location.pathname, () => undefined));

const first = viewOf(document);
if (first) seen.set(location.pathname, first);

export {};
