import type { Page } from "playwright";
import { expect } from "vitest";

/** Text that becomes more than text wherever somebody forgot what it is. */
export const HOSTILE = [
  `<script>alert(1)</script>`,
  `<img src=x onerror=alert(2)>`,
  `"><svg onload=alert(3)>`,
  `'><iframe srcdoc="<script>alert(4)</script>"></iframe>`,
  `<a href="javascript:alert(5)">x</a>`,
  `javascript:alert(6)`,
  `JaVaScRiPt:alert(7)//http://x`,
  `\u0001javascript:alert(8)`,
  `java\nscript:alert(9)`,
  `data:text/html,<script>alert(10)</script>`,
  `vbscript:msgbox(11)`,
  `jaVasCript:/*-/*\`/*\\\`/*'/*"/**/(/* */oNcliCk=alert(12) )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert(12)//>\\x3e`,
  `</title><script>alert(13)</script>`,
  `</textarea><script>alert(14)</script>`,
  `</style><script>alert(15)</script>`,
  `<!--<img src="--><img src=x onerror=alert(16)//">`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=alert(17)>`,
  `<svg><animate onbegin=alert(18) attributeName=x dur=1s>`,
  `<details open ontoggle=alert(19)>`,
  `<input autofocus onfocus=alert(20)>`,
  `<video><source onerror=alert(21)></video>`,
  `<body onload=alert(22)>`,
  `<object data="javascript:alert(23)"></object>`,
  `<embed src="javascript:alert(24)">`,
  `<meta http-equiv="refresh" content="0;url=javascript:alert(25)">`,
  `<base href="https://evil.example/">`,
  `<link rel=stylesheet href="https://evil.example/x.css">`,
  `<form action="https://evil.example"><button>send</button></form>`,
  `{{constructor.constructor('alert(26)')()}}`,
  `\${alert(27)}`,
  `<%= alert(28) %>`,
  `\u202Egnp.exe`,
  `\u2028alert(29)\u2029`,
  `＜script＞alert(30)＜/script＞`,
  `<scr\u0000ipt>alert(31)</scr\u0000ipt>`,
  `&lt;script&gt;alert(32)&lt;/script&gt;`,
  `&#106;avascript:alert(33)`,
  `%3Cscript%3Ealert(34)%3C/script%3E`,
  `https://good.example/"onmouseover="alert(35)`,
  `https://evil.example@good.example/<img src=x onerror=alert(36)>`,
  `//evil.example/x`,
  `https:evil.example`,
  `http://[::1`,
  `https://%`,
  `%E0%A4%A`,
  `../../../etc/passwd`,
  `__proto__`,
  `constructor`,
  `toString`,
  `hasOwnProperty`,
  `=cmd|'/c calc'!A1`,
  "<b>".repeat(200),
  "🙃".repeat(100),
  `Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘`,
  `<template shadowrootmode=open><script>alert(37)</script></template>`,
  `<x contenteditable onblur=alert(38) tabindex=1>`,
  `<button popovertarget=x onclick=alert(39)>`,
  `<style>@import "https://evil.example/x.css";</style>`,
  `<img srcset="https://evil.example/1.png 1x">`,
  `<noscript><p title="</noscript><img src=x onerror=alert(40)>">`,
  `<script src="https://evil.example/x.js"></script>`,
  `'-alert(41)-'`,
] as const;

/** As much of it as the contract lets through at that place: so many bytes. */
export function within(text: string, bytes: number): string {
  let kept = "";
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}

/** No element, handler or link that the screens do not make themselves. */
export async function expectOnlyOurs(page: Page): Promise<void> {
  const odd = await page.evaluate(() => {
    const unknown = document.querySelectorAll(
      "#app :is(script, iframe, object, embed, img, video, style, link, meta, base, template, math, form[action])",
    );
    const handlers = [...document.querySelectorAll("#app *")].filter((element) =>
      element.getAttributeNames().some((name) => name.startsWith("on") || name === "srcdoc"),
    );
    const links = [...document.querySelectorAll("#app a")].filter(
      (link) => !(link instanceof HTMLAnchorElement) || !/^https?:$/.test(link.protocol),
    );
    return [...unknown, ...handlers, ...links].map((element) => element.outerHTML.slice(0, 200));
  });
  expect(odd).toEqual([]);
}
