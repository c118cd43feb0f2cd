import type { Cart } from "../cart.ts";
import { deliveryFee, FREE_DELIVERY_FROM, goodsTotal, MAX_QUANTITY } from "../cart.ts";
import { listBySlugs } from "../catalogue.ts";
import type { Order } from "../customers.ts";
import type { Filled } from "../fields.ts";
import { errorSummary, field } from "../fields.ts";
import type { Html } from "../html.ts";
import { html } from "../html.ts";
import { picture } from "../illustrations/pictures.ts";
import type { Page } from "../layout.ts";
import { formatPrice } from "../money.ts";

function totals(cart: Cart): Html {
  const goods = goodsTotal(cart);
  const fee = deliveryFee(cart);
  return html`<dl class="totals">
    <div>
      <dt>Goods</dt>
      <dd>${formatPrice(goods)}</dd>
    </div>
    <div>
      <dt>Delivery</dt>
      <dd>${fee === 0 ? "Free" : formatPrice(fee)}</dd>
    </div>
    <div class="sum">
      <dt>Total</dt>
      <dd>${formatPrice(goods + fee)}</dd>
    </div>
  </dl>`;
}

function cartLine({ product, quantity }: Cart[number]): Html {
  const id = `quantity-${product.slug}`;
  return html`<li class="line">
    <a class="tile small tint-${product.category}" href="/products/${product.slug}" tabindex="-1" aria-hidden="true">
      ${picture(product.picture)}
    </a>
    <div class="line-text">
      <a class="row-name" href="/products/${product.slug}">${product.name}</a>
      <span class="hint">${formatPrice(product.cents)} each</span>
    </div>
    <form class="amount" action="/cart/quantity" method="post">
      <input type="hidden" name="product" value="${product.slug}" />
      <label class="unseen" for="${id}">Quantity of ${product.name}</label>
      <input id="${id}" name="quantity" type="number" min="0" max="${MAX_QUANTITY}" value="${quantity}" required />
      <button class="quiet" type="submit" aria-label="Update the quantity of ${product.name}">Update</button>
      <button class="plain" type="submit" name="remove" value="yes" aria-label="Remove ${product.name}">Remove</button>
    </form>
    <span class="price">${formatPrice(product.cents * quantity)}</span>
  </li>`;
}

export function cartPage(cart: Cart): Page {
  if (cart.length === 0) {
    return {
      title: "Cart",
      body: html`<div class="wrap narrow">
        <h1>Your cart is empty</h1>
        <p class="lead">A good place to start is the shelf for people who forget to water.</p>
        <p class="actions"><a class="button" href="/shop/succulents">Succulents &amp; cacti</a></p>
      </div>`,
    };
  }
  const missing = FREE_DELIVERY_FROM - goodsTotal(cart);
  const [soil] = listBySlugs(["peat-free-soil"]);
  const offer = soil !== undefined && cart.every(({ product }) => product !== soil);
  return {
    title: "Cart",
    body: html`<div class="wrap">
      <h1>Your cart</h1>
      <div class="with-side">
        <ul class="lines">
          ${cart.map(cartLine)}
        </ul>
        <aside class="panel" aria-label="Total">
          ${totals(cart)} ${missing > 0 && html`<p class="hint">${formatPrice(missing)} more and delivery is free.</p>`}
          <a class="button wide" href="/checkout">Check out</a>
          ${
            offer &&
            html`<p class="hint">
              Repotting? <a href="/products/peat-free-soil">Ten litres of our soil</a> feeds four plants.
            </p>`
          }
        </aside>
      </div>
    </div>`,
  };
}

export function checkoutPage(cart: Cart, filled: Filled): Page {
  return {
    title: "Check out",
    body: html`<div class="wrap">
      <h1>Check out</h1>
      <div class="with-side">
        <div>
          ${errorSummary(filled)}
          <form id="checkout" action="/checkout" method="post" novalidate>
            ${field({ name: "name", label: "Name", autocomplete: "name" }, filled)}
            ${field({ name: "email", label: "Email", type: "email", autocomplete: "email" }, filled)}
            ${field({ name: "address", label: "Street and number", autocomplete: "street-address" }, filled)}
            <div class="pair">
              ${field({ name: "postcode", label: "Postcode", autocomplete: "postal-code" }, filled)}
              ${field({ name: "town", label: "Town", autocomplete: "address-level2" }, filled)}
            </div>
            <button type="submit">Place order</button>
            <p class="hint">This is a demo: there is no payment, and the address is not kept.</p>
          </form>
        </div>
        <aside class="panel" aria-label="Your order">
          <ul class="brief">
            ${cart.map(
              ({ product, quantity }) =>
                html`<li>
                  <span>${quantity} × ${product.name}</span><span>${formatPrice(product.cents * quantity)}</span>
                </li>`,
            )}
          </ul>
          ${totals(cart)}
        </aside>
      </div>
    </div>`,
  };
}

export function orderPage({ number, cents, pieces }: Order): Page {
  return {
    title: `Order ${number}`,
    body: html`<div class="wrap narrow split">
      <div>
        <h1>Thank you</h1>
        <p class="lead">
          Order <strong>${number}</strong> is with us: ${pieces} ${pieces === 1 ? "item" : "items"},
          ${formatPrice(cents)}.
        </p>
        <p>In a real shop somebody would now walk through the greenhouse with a trolley.</p>
        <p class="actions"><a class="button" href="/shop">Keep looking around</a></p>
      </div>
      <div class="tile tint-pots-and-care">${picture("soilBag")}</div>
    </div>`,
  };
}
