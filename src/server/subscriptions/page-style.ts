import { createHash } from "node:crypto";

/** The public pages' whole style sheet; stands in the page, so that a page is one request. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--text:#1c2330;--quiet:#586174;--line:#dfe3ea;--accent:#2f55c8;--accent-hover:#2647ab;--on-accent:#fff;--tint:#e8eefc}
@media (prefers-color-scheme:dark){:root{--page:#12151b;--card:#1b2029;--text:#eceff4;--quiet:#a5afc0;--line:#303846;--accent:#8fabff;--accent-hover:#abc0ff;--on-accent:#101624;--tint:#242f4a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100svh;display:grid;place-items:center;padding:24px 16px;background:var(--page);color:var(--text);font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{width:100%;max-width:460px;padding:36px 32px;background:var(--card);border:1px solid var(--line);border-radius:16px;overflow-wrap:anywhere}
.sign{display:grid;place-items:center;width:52px;height:52px;margin-bottom:20px;border-radius:50%;background:var(--tint);color:var(--accent)}
.sign svg{width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.site{margin:0 0 4px;color:var(--quiet);font-size:15px}
h1{margin:0 0 12px;font-size:26px;line-height:1.25;letter-spacing:-.01em;text-wrap:balance}
p{margin:0 0 12px}
.acts{display:flex;flex-wrap:wrap;align-items:center;gap:12px 20px;margin-top:24px}
form{margin:0}
button,.onward{display:inline-block;min-height:48px;padding:11px 22px;border:0;border-radius:10px;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;line-height:26px;text-decoration:none;cursor:pointer}
button:hover,.onward:hover{background:var(--accent-hover)}
.aside{display:inline-block;padding:10px 0;color:var(--quiet)}
.aside:hover{color:var(--text)}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:10px}
@media (max-width:480px){main{padding:28px 22px}h1{font-size:24px}.acts form,.acts button,.acts .onward{width:100%;text-align:center}.aside{width:100%;text-align:center}}
@media (forced-colors:active){button,.onward{border:1px solid}}
`;

const styleHash = createHash("sha256").update(PAGE_STYLE).digest("base64");

/** A hash instead of a nonce: the same page is the same bytes each time, which is what keeps expired and forged alike. */
export const PAGE_CSP = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "img-src data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");
