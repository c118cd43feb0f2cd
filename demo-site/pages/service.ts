import { html } from "../html.ts";
import { picture } from "../illustrations/pictures.ts";
import type { Page } from "../layout.ts";

export function deliveryPage(): Page {
  return {
    title: "Delivery & returns",
    body: html`<div class="wrap narrow">
      <h1>Delivery &amp; returns</h1>
      <h2>How it travels</h2>
      <p>
        We pack on Mondays and Tuesdays, so that no plant spends a weekend in a van. Below five degrees every parcel
        gets a wool liner, which you may keep or send back.
      </p>
      <h2>What it costs</h2>
      <p>€5.90 for anything up to a tall palm. From €60 it is free.</p>
      <h2>If it is not right</h2>
      <p>
        Send a photo within thirty days. We replace what arrived unwell, and take back what simply does not suit the
        room.
      </p>
    </div>`,
  };
}

export function notFoundPage(): Page {
  return {
    title: "Page not found",
    body: html`<div class="wrap narrow split">
      <div>
        <h1>Nothing grows here</h1>
        <p class="lead">This page does not exist, or no longer does.</p>
        <p class="actions"><a class="button" href="/shop">Go to the shop</a></p>
      </div>
      <div class="tile tint-pots-and-care">${picture("terracottaPot")}</div>
    </div>`,
  };
}

export function brokenPage(): Page {
  return {
    title: "Something went wrong",
    body: html`<div class="wrap narrow">
      <h1>That did not work</h1>
      <p class="lead">The fault is ours. Please go back and try it once more.</p>
    </div>`,
  };
}
