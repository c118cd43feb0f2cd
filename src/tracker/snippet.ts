// The inline part of the tag. It keeps calls made before the script is there, and stores them if the page is left first,
// so that they go out from the next page. `scripts/build-tracker.mjs` makes dist/snippet.html of it: at most 300 bytes.
// Where nothing may be stored before consent, the tag is pasted without it.
const calls: unknown[] = [];
if (!window.backstory) {
  window.backstory = Object.assign((...call: unknown[]) => calls.push([Date.now(), location.href, ...call]), {
    q: calls,
  });
  addEventListener("pagehide", () => {
    try {
      if (calls[0]) localStorage["backstory.__SITE__.early." + Math.random()] = JSON.stringify(calls);
      calls.length = 0;
    } catch {
      // Storage is blocked: the calls stay, in case the page comes back.
    }
  });
}
