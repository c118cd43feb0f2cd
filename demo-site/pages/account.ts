import type { Customer, Order } from "../customers.ts";
import type { Filled } from "../fields.ts";
import { errorSummary, field } from "../fields.ts";
import type { Html } from "../html.ts";
import { html } from "../html.ts";
import { picture } from "../illustrations/pictures.ts";
import type { Page } from "../layout.ts";
import { formatPrice } from "../money.ts";

const day = new Intl.DateTimeFormat("en-IE", { dateStyle: "long" });

const email = { name: "email", label: "Email", type: "email", autocomplete: "email" } as const;

export function registerPage(filled: Filled): Page {
  return {
    title: "Create an account",
    body: html`<div class="wrap narrow split">
      <div>
        <h1>Create an account</h1>
        <p class="lead">So that we know which plants you have, and can tell you what they need.</p>
        ${errorSummary(filled)}
        <form id="register" action="/register" method="post" novalidate>
          <div class="pair">
            ${field({ name: "firstName", label: "First name", autocomplete: "given-name" }, filled)}
            ${field({ name: "lastName", label: "Last name", autocomplete: "family-name" }, filled)}
          </div>
          ${field(email, filled)}
          ${field(
            {
              name: "password",
              label: "Password",
              type: "password",
              autocomplete: "new-password",
              hint: "At least 8 characters.",
            },
            filled,
          )}
          <button type="submit">Create account</button>
        </form>
        <p>Already a customer? <a href="/login">Log in</a></p>
      </div>
      <div class="tile tint-low-light">${picture("peaceLily")}</div>
    </div>`,
  };
}

export function loginPage(filled: Filled): Page {
  return {
    title: "Log in",
    body: html`<div class="wrap narrow split">
      <div>
        <h1>Log in</h1>
        ${errorSummary(filled)}
        <form id="login" action="/login" method="post" novalidate>
          ${field(email, filled)}
          ${field({ name: "password", label: "Password", type: "password", autocomplete: "current-password" }, filled)}
          <button type="submit">Log in</button>
        </form>
        <p>New here? <a href="/register">Create an account</a></p>
      </div>
      <div class="tile tint-succulents">${picture("jadePlant")}</div>
    </div>`,
  };
}

function orderList(orders: readonly Order[]): Html {
  if (orders.length === 0) return html`<p>No orders yet. <a href="/shop">Find your first plant</a></p>`;
  return html`<ul class="rows">
    ${orders.map(
      ({ number, cents, pieces, placedAt }) =>
        html`<li class="order">
          <span class="row-name"><a href="/orders/${number}">${number}</a></span>
          <span>${day.format(placedAt)}, ${pieces} ${pieces === 1 ? "item" : "items"}</span>
          <span class="price">${formatPrice(cents)}</span>
        </li>`,
    )}
  </ul>`;
}

export function accountPage(look: {
  readonly customer: Customer;
  readonly orders: readonly Order[];
  readonly backstoryUrl: string;
}): Page {
  const { customer, orders, backstoryUrl } = look;
  return {
    title: "Your account",
    body: html`<div class="wrap narrow">
      <h1>Hello, ${customer.firstName}</h1>
      <dl class="facts">
        <div>
          <dt>Name</dt>
          <dd>${customer.firstName} ${customer.lastName}</dd>
        </div>
        <div>
          <dt>Email</dt>
          <dd>${customer.email}</dd>
        </div>
        <div>
          <dt>Customer number</dt>
          <dd>${customer.id}</dd>
        </div>
      </dl>
      <section class="callout" aria-labelledby="recorded">
        <h2 id="recorded">What Backstory made of this</h2>
        <p>
          When you logged in, the shop told Backstory that ${customer.id} uses this browser. So your contact there also
          holds the pages you saw before you had an account.
        </p>
        <p><a class="button quiet" href="${backstoryUrl}/admin">Open your timeline</a></p>
      </section>
      <section aria-labelledby="orders">
        <h2 id="orders">Your orders</h2>
        ${orderList(orders)}
      </section>
      <form action="/logout" method="post"><button class="quiet" type="submit">Log out</button></form>
    </div>`,
  };
}

export function loggedOutPage(): Page {
  return {
    title: "Logged out",
    body: html`<div class="wrap narrow">
      <h1>See you soon</h1>
      <p class="lead">You are logged out, and this browser starts a fresh history.</p>
      <p class="actions"><a class="button" href="/">Back to the shop</a> <a href="/login">Log in again</a></p>
    </div>`,
  };
}
