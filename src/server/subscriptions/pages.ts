import { Eta } from "eta";
import type { Language } from "../mail/index.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { TEXTS, type PageText } from "./texts.ts";

/** The site a page speaks for: where the person filled in the form. */
export interface PageSite {
  readonly name: string;
  readonly url: string | null;
}

export type Page =
  | { readonly kind: "ask"; readonly site: PageSite; readonly address: string; readonly refusePath: string }
  | { readonly kind: "confirmed"; readonly site: PageSite; readonly address: string }
  | { readonly kind: "askRefusal"; readonly site: PageSite; readonly address: string }
  | { readonly kind: "refused"; readonly site: PageSite }
  | { readonly kind: "askUnsubscribe"; readonly address: string | null }
  | { readonly kind: "unsubscribed"; readonly address: string | null }
  | { readonly kind: "unknown" }
  | { readonly kind: "unknownUnsubscribe" }
  | { readonly kind: "trouble" };

/** `a•••@example.org`: enough to be recognised by its owner, not enough for somebody a letter was forwarded to. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf("@");
  const [first = ""] = address;
  return `${first}•••${address.slice(at)}`;
}

// Strokes of 24 × 24 icons.
const SIGNS = {
  letter: '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m3.5 7 8.5 6 8.5-6"/>',
  done: '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
  broken: '<path d="M12 7.5v5.5M12 16.5v.1"/><circle cx="12" cy="12" r="9"/>',
} as const;

const TEMPLATE = `<!doctype html>
<html lang="<%= it.language %>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title><%= it.title %></title>
<link rel="icon" href="data:,">
<style><%~ it.style %></style>
</head>
<body>
<main>
<div class="sign"><svg viewBox="0 0 24 24" aria-hidden="true"><%~ it.sign %></svg></div>
<% if (it.site) { %><p class="site"><%= it.site %></p>
<% } %><h1><%= it.text.heading %></h1>
<% for (const paragraph of it.text.paragraphs) { %><p><%= paragraph %></p>
<% } %><% if (it.text.button || it.link) { %><div class="acts">
<% if (it.text.button) { %><form method="post"><button type="submit"><%= it.text.button %></button></form>
<% } %><% if (it.link) { %><a class="<%= it.text.button ? "aside" : "onward" %>" href="<%= it.link %>"><%= it.text.link %></a>
<% } %></div>
<% } %></main>
</body>
</html>
`;

const engine = new Eta({ autoEscape: true, autoTrim: false });
const template = engine.compile(TEMPLATE);

/** One public page: plain HTML without scripts, everything from outside escaped. */
export function renderPage(page: Page, language: Language): string {
  const text = textOf(page, language);
  const site = "site" in page ? page.site : undefined;
  return engine.render(template, {
    language,
    style: PAGE_STYLE,
    sign: SIGNS[signOf(page)],
    title: site ? `${text.heading} – ${site.name}` : text.heading,
    site: site?.name,
    text,
    link: linkOf(page),
  });
}

function textOf(page: Page, language: Language): PageText {
  const texts = TEXTS[language];
  switch (page.kind) {
    case "ask":
    case "confirmed":
    case "askRefusal":
      return texts[page.kind](page.site.name, maskAddress(page.address));
    case "refused":
      return texts.refused(page.site.name);
    case "askUnsubscribe":
    case "unsubscribed":
      return texts[page.kind](page.address === null ? null : maskAddress(page.address));
    case "unknown":
    case "unknownUnsubscribe":
    case "trouble":
      return texts[page.kind]();
  }
}

function signOf(page: Page): keyof typeof SIGNS {
  if (page.kind === "confirmed" || page.kind === "refused" || page.kind === "unsubscribed") return "done";
  return page.kind.startsWith("ask") ? "letter" : "broken";
}

function linkOf(page: Page): string | undefined {
  if (page.kind === "ask") return page.refusePath;
  return page.kind === "confirmed" || page.kind === "refused" ? webAddress(page.site.url) : undefined;
}

/** The site's own address as set by its admin; anything but a web address leads nowhere. */
function webAddress(url: string | null): string | undefined {
  if (url === null || !URL.canParse(url)) return undefined;
  const { protocol, username, password, href } = new URL(url);
  const web = protocol === "https:" || protocol === "http:";
  return web && username === "" && password === "" ? href : undefined;
}
