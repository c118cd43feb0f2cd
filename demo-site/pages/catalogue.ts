import type { Category, Product } from "../catalogue.ts";
import { categories, listBySlugs, listProducts } from "../catalogue.ts";
import { MAX_QUANTITY } from "../cart.ts";
import type { Html } from "../html.ts";
import { html } from "../html.ts";
import { labelledPicture, picture } from "../illustrations/pictures.ts";
import { scenePicture } from "../illustrations/scene.ts";
import type { Page } from "../layout.ts";
import { formatPrice } from "../money.ts";
import { findRoom } from "../rooms.ts";

function productCard(product: Product): Html {
  return html`<li class="card">
    <a href="/products/${product.slug}">
      <span class="tile tint-${product.category}">${picture(product.picture)}</span>
      <span class="card-name">${product.name}</span>
      <span class="card-blurb">${product.blurb}</span>
      <span class="price">${formatPrice(product.cents)}</span>
    </a>
  </li>`;
}

const shelf = (products: readonly Product[]): Html =>
  html`<ul class="cards">
    ${products.map(productCard)}
  </ul>`;

function categoryTile({ slug, name, blurb, picture: drawing }: Category): Html {
  return html`<li class="category">
    <a href="/shop/${slug}">
      <span class="tile tint-${slug}">${picture(drawing)}</span>
      <span class="card-name">${name}</span>
      <span class="card-blurb">${blurb}</span>
    </a>
  </li>`;
}

const categoryTiles = (): Html =>
  html`<ul class="categories">
    ${categories.map(categoryTile)}
  </ul>`;

export function homePage(): Page {
  const scene = findRoom("kitchen-shelf")?.scene;
  return {
    description: "Houseplants, pots and soil for real homes: dark hallways, radiators, cats and all.",
    body: html`<section class="hero">
        <div class="wrap split">
          <div>
            <h1>Houseplants for real homes</h1>
            <p class="lead">
              Dark hallways, dry radiators, curious cats: tell us where it has to live, and we have something that will.
            </p>
            <p class="actions">
              <a class="button" href="/shop">Browse the shop</a>
              <a class="button quiet" href="/lookbook">See them in rooms</a>
            </p>
          </div>
          ${scene !== undefined && html`<div class="scene">${scenePicture(scene)}</div>`}
        </div>
      </section>
      <div class="wrap">
        <section aria-labelledby="where">
          <h2 id="where">Where will it live?</h2>
          ${categoryTiles()}
        </section>
        <section aria-labelledby="favourites">
          <h2 id="favourites">Favourites this month</h2>
          ${shelf(listBySlugs(["monstera", "snake-plant", "string-of-hearts", "long-spout-can"]))}
        </section>
        <section class="promises" aria-label="What we promise">
          <div>
            <h2>Arrives alive</h2>
            <p>Packed in paper and moss. If it does not arrive well, we send another.</p>
          </div>
          <div>
            <h2>Grown slowly</h2>
            <p>Nothing is forced. Every plant has stood in our own greenhouse for a season.</p>
          </div>
          <div>
            <h2>Care that fits on a card</h2>
            <p>Three lines with each plant: light, water, and the mistake everybody makes.</p>
          </div>
        </section>
      </div>`,
  };
}

export function shopPage(): Page {
  return {
    title: "Shop",
    body: html`<div class="wrap">
      <h1>Where will it live?</h1>
      <p class="lead">Five shelves, sorted by the place a plant has to put up with.</p>
      ${categoryTiles()}
    </div>`,
  };
}

export function categoryPage(category: Category): Page {
  const tabs = categories.map(({ slug, name }) =>
    slug === category.slug
      ? html`<li><a href="/shop/${slug}" aria-current="page">${name}</a></li>`
      : html`<li><a href="/shop/${slug}">${name}</a></li>`,
  );
  return {
    title: category.name,
    description: category.intro,
    body: html`<div class="wrap">
      <nav aria-label="Shelves">
        <ul class="chips">
          ${tabs}
        </ul>
      </nav>
      <h1>${category.name}</h1>
      <p class="lead">${category.intro}</p>
      ${shelf(listProducts(category.slug))}
    </div>`,
  };
}

export function productPage(product: Product, category: Category): Page {
  const companion = category.slug === "pots-and-care" ? "snake-plant" : "peat-free-soil";
  const others = listProducts(category.slug).filter((other) => other !== product);
  return {
    title: product.name,
    description: product.blurb,
    body: html`<div class="wrap">
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/shop">Shop</a> <span aria-hidden="true">/</span>
        <a href="/shop/${category.slug}">${category.name}</a>
      </nav>
      <article class="product">
        <div class="tile tint-${category.slug}">${labelledPicture(product.picture, `Drawing of ${product.name}`)}</div>
        <div>
          <h1>${product.name}</h1>
          <p class="subtitle">${product.subtitle}</p>
          <p class="price big">${formatPrice(product.cents)}</p>
          <p class="lead">${product.blurb}</p>
          ${product.description.map((paragraph) => html`<p>${paragraph}</p>`)}
          <dl class="facts">
            ${Object.entries(product.facts).map(
              ([name, value]) =>
                html`<div>
                  <dt>${name}</dt>
                  <dd>${value}</dd>
                </div>`,
            )}
          </dl>
          <form class="buy" action="/cart" method="post">
            <input type="hidden" name="product" value="${product.slug}" />
            <div class="field">
              <label for="quantity">Quantity</label>
              <input id="quantity" name="quantity" type="number" min="1" max="${MAX_QUANTITY}" value="1" required />
            </div>
            <button type="submit">Add to cart</button>
          </form>
          <p class="hint">Free delivery from €60. Thirty days to change your mind.</p>
        </div>
      </article>
      <section aria-labelledby="others">
        <h2 id="others">Goes well with it</h2>
        ${shelf([...others.slice(0, 3), ...listBySlugs([companion])])}
      </section>
    </div>`,
  };
}
