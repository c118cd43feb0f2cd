import type { Customer } from "./customers.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { picture } from "./illustrations/pictures.ts";
import { newsletterForm } from "./pages/newsletter.ts";
import type { TrackerCall } from "./tracker-calls.ts";

export const SHOP_NAME = "Ledge & Leaf";

/** What every page needs to know about its visitor and about Backstory. */
export interface Surroundings {
  readonly path: string;
  readonly customer: Customer | undefined;
  readonly pieces: number;
  readonly backstoryUrl: string;
  readonly siteKey: string;
  readonly trackerCall: TrackerCall | undefined;
}

export interface Page {
  readonly title?: string;
  readonly description?: string;
  readonly body: Html;
  /** One more script of the shop's own. */
  readonly script?: string;
}

function navLink(at: { readonly href: string; readonly path: string }, text: string): Html {
  const here = at.path === at.href || at.path.startsWith(`${at.href}/`);
  return here ? html`<a href="${at.href}" aria-current="page">${text}</a>` : html`<a href="${at.href}">${text}</a>`;
}

function header({ path, customer, pieces, backstoryUrl }: Surroundings): Html {
  const cartLabel = pieces === 1 ? "Cart, 1 item" : `Cart, ${pieces} items`;
  return html`<a class="skip" href="#main">Skip to content</a>
    <aside class="demo-note" aria-label="About this shop">
      <p>
        <span>Demo shop<span class="aside">: nothing is really sold here</span></span>
        <a href="${backstoryUrl}/admin">See what Backstory recorded</a>
      </p>
    </aside>
    <header class="top">
      <div class="wrap">
        <a class="brand" href="/">${picture("seedling")}<span>${SHOP_NAME}</span></a>
        <nav class="main-nav" aria-label="Main">
          ${navLink({ href: "/shop", path }, "Shop")} ${navLink({ href: "/lookbook", path }, "Lookbook")}
          ${navLink({ href: "/newsletter", path }, "Newsletter")}
        </nav>
        <nav class="own-nav" aria-label="Your account">
          ${
            customer === undefined
              ? navLink({ href: "/login", path }, "Log in")
              : navLink({ href: "/account", path }, "Account")
          }
          <a class="cart-link" href="/cart" aria-label="${cartLabel}">
            Cart <span class="count" aria-hidden="true">${pieces}</span>
          </a>
        </nav>
      </div>
    </header>`;
}

function footer({ path, backstoryUrl }: Surroundings): Html {
  const letter =
    path !== "/newsletter" &&
    html`<section class="letter" aria-labelledby="letter-title">
      <h2 id="letter-title">Letters from the greenhouse</h2>
      <p>Twice a month: what to water, what to repot, and what has just been unpacked.</p>
      ${newsletterForm("footer")}
    </section>`;
  return html`<footer class="bottom">
    <div class="wrap columns">
      ${letter}
      <nav aria-label="Footer">
        <h2>Shop</h2>
        <ul>
          <li><a href="/shop/low-light">Low light</a></li>
          <li><a href="/shop/trailing">Trailing</a></li>
          <li><a href="/shop/statement">Statement plants</a></li>
          <li><a href="/shop/succulents">Succulents &amp; cacti</a></li>
          <li><a href="/shop/pots-and-care">Pots &amp; care</a></li>
        </ul>
      </nav>
      <nav aria-label="Help">
        <h2>Help</h2>
        <ul>
          <li><a href="/delivery">Delivery &amp; returns</a></li>
          <li><a href="/account">Your account</a></li>
          <li><a href="/newsletter">Newsletter</a></li>
        </ul>
      </nav>
    </div>
    <div class="wrap colophon">
      <p>${SHOP_NAME} is a made-up shop that shows Backstory at work. No payment is taken and nothing is sent.</p>
      <p><a href="${backstoryUrl}/admin">See what Backstory recorded</a></p>
    </div>
  </footer>`;
}

export function renderPage(page: Page, around: Surroundings): string {
  const title = page.title === undefined ? `${SHOP_NAME}: houseplants for real homes` : `${page.title} · ${SHOP_NAME}`;
  const call =
    around.trackerCall !== undefined &&
    html`<meta name="tracker-call" content="${JSON.stringify(around.trackerCall)}" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${page.description !== undefined && html`<meta name="description" content="${page.description}" />`} ${call}
        <link rel="icon" type="image/svg+xml" href="/assets/favicon.svg" />
        <link rel="stylesheet" href="/assets/shop.css" />
        <script type="module" src="/assets/shop.js"></script>
        ${page.script !== undefined && html`<script type="module" src="${page.script}"></script>`}
        <script defer src="${around.backstoryUrl}/backstory.js" data-site="${around.siteKey}"></script>
      </head>
      <body>
        ${header(around)}
        <main id="main" tabindex="-1">${page.body}</main>
        ${footer(around)}
      </body>
    </html>`.markup;
}
