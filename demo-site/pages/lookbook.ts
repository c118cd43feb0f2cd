import { listBySlugs } from "../catalogue.ts";
import type { Html } from "../html.ts";
import { html } from "../html.ts";
import { picture } from "../illustrations/pictures.ts";
import { scenePicture } from "../illustrations/scene.ts";
import type { Page } from "../layout.ts";
import { formatPrice } from "../money.ts";
import type { Room } from "../rooms.ts";
import { rooms } from "../rooms.ts";

// Every view is a page of its own; lookbook.js swaps #view and moves the address without a page load.
const SCRIPT = "/assets/lookbook.js";

function view(content: Html): Html {
  return html`<div class="wrap" id="view">${content}</div>`;
}

export function lookbookPage(): Page {
  return {
    title: "Lookbook",
    description: "Four rooms, and the plants that live in them.",
    script: SCRIPT,
    body: view(
      html`<h1 tabindex="-1">Lookbook</h1>
        <p class="lead">Four rooms, and the plants that live in them.</p>
        <ul class="rooms">
          ${rooms.map(
            ({ slug, name, intro, scene }) =>
              html`<li>
                <a href="/lookbook/${slug}" data-view>
                  <span class="scene">${scenePicture(scene)}</span>
                  <span class="card-name">${name}</span>
                  <span class="card-blurb">${intro}</span>
                </a>
              </li>`,
          )}
        </ul>`,
    ),
  };
}

export function roomPage(room: Room): Page {
  const index = rooms.indexOf(room);
  const next = rooms[(index + 1) % rooms.length] ?? room;
  return {
    title: room.name,
    description: room.intro,
    script: SCRIPT,
    body: view(
      html`<nav class="crumbs" aria-label="Breadcrumb"><a href="/lookbook" data-view>Lookbook</a></nav>
        <h1 tabindex="-1">${room.name}</h1>
        <p class="lead">${room.intro}</p>
        <div class="scene large">${scenePicture(room.scene)}</div>
        <div class="split room-story">
          <p>${room.story}</p>
          <div>
            <h2>In this room</h2>
            <ul class="rows">
              ${listBySlugs(room.products).map(
                (product) =>
                  html`<li>
                    <a href="/products/${product.slug}">
                      <span class="tile small tint-${product.category}">${picture(product.picture)}</span>
                      <span class="row-name">${product.name}</span>
                      <span class="price">${formatPrice(product.cents)}</span>
                    </a>
                  </li>`,
              )}
            </ul>
          </div>
        </div>
        <p class="actions">
          <a class="button quiet" href="/lookbook/${next.slug}" data-view>Next room: ${next.name}</a>
        </p>`,
    ),
  };
}
