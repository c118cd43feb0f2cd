// Calls made before the tracker is there wait in this queue, each with its time and place. It is the queue of the tag's
// own inline snippet, which this shop's policy would not let run.
if (!window.backstory) {
  /** @type {unknown[]} */
  const calls = [];
  window.backstory = (...call) => calls.push([Date.now(), location.href, ...call]);
  window.backstory.q = calls;
}

/** @param {Document} page */
function makeTrackerCall(page) {
  const call = page.querySelector('meta[name="tracker-call"]')?.getAttribute("content");
  if (!call) return;
  /** @type {[string, ...unknown[]]} */
  const [command, ...args] = JSON.parse(call);
  window.backstory(command, ...args);
}

let trackerIsMissing = false;
// Errors of scripts do not bubble, but they can be captured on the way down.
window.addEventListener(
  "error",
  (event) => {
    if (event.target instanceof HTMLScriptElement && event.target.dataset.site) trackerIsMissing = true;
  },
  true,
);

/** @param {HTMLFormElement} form */
function signUp(form) {
  const said = form.querySelector("[data-said]");
  const email = String(new FormData(form).get("email") ?? "").trim();
  if (!said || !email) return;
  if (trackerIsMissing) {
    said.textContent = "We cannot take sign-ups just now. Please try again later.";
    return;
  }
  window.backstory("subscribe", { email });
  form.classList.add("done");
  said.textContent = `Check your mail: we have sent a link to ${email}. Open it, and you are on the list.`;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-newsletter]")) return;
  event.preventDefault();
  signUp(form);
});

makeTrackerCall(document);

export {};
