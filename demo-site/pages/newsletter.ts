import type { Html } from "../html.ts";
import { html } from "../html.ts";
import { picture } from "../illustrations/pictures.ts";
import type { Page } from "../layout.ts";

/** The script of the shop takes the submit over; the form's own action is for browsers without scripts. */
export function newsletterForm(place: "footer" | "page"): Html {
  return html`<form class="newsletter" action="/newsletter" method="post" data-newsletter>
    <div class="field">
      <label for="newsletter-email-${place}">Email for the newsletter</label>
      <div class="together">
        <input id="newsletter-email-${place}" name="email" type="email" autocomplete="email" required />
        <button type="submit">Sign up</button>
      </div>
    </div>
    <p class="hint">We send one mail to ask whether it was really you. No mail after that unless you say yes.</p>
    <p class="said" role="status" data-said></p>
  </form>`;
}

export function newsletterPage(): Page {
  return {
    title: "Newsletter",
    description: "Twice a month: what to water, what to repot, and what has just been unpacked.",
    body: html`<div class="wrap narrow split">
      <div>
        <h1>Letters from the greenhouse</h1>
        <p class="lead">Twice a month, written by the people who do the watering.</p>
        <ul class="ticks">
          <li>What your plants want this season, in five lines</li>
          <li>New arrivals a day before they are in the shop</li>
          <li>One question from a reader, answered properly</li>
        </ul>
        ${newsletterForm("page")}
      </div>
      <div class="tile tint-trailing">${picture("philodendron")}</div>
    </div>`,
  };
}

export function newsletterWithoutScriptPage(): Page {
  return {
    title: "Newsletter",
    body: html`<div class="wrap narrow">
      <h1>One thing is missing</h1>
      <p>The sign-up needs JavaScript, which is switched off in this browser. You have not been signed up.</p>
      <p><a href="/newsletter">Back to the newsletter</a></p>
    </div>`,
  };
}
