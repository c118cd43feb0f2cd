import { Eta } from "eta";
import type { Email } from "../../contract/identifiers.ts";
import { headerText, type Language, type Mail } from "../mail/index.ts";
import { TEXTS } from "./texts.ts";

const HTML = `<!doctype html>
<html lang="<%= it.language %>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title><%= it.text.subject %></title>
</head>
<body style="margin:0;padding:24px 16px;font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<div style="max-width:520px;margin:0 auto">
<p style="margin:0 0 16px;font-weight:600"><%= it.site %></p>
<p style="margin:0 0 16px"><%= it.text.why %> <%= it.text.ask %></p>
<p style="margin:24px 0"><a href="<%= it.confirmUrl %>" style="display:inline-block;padding:12px 22px;border-radius:10px;background:#2f55c8;color:#ffffff;font-weight:600;text-decoration:none"><%= it.text.button %></a></p>
<p style="margin:0 0 16px;font-size:14px;overflow-wrap:anywhere"><%= it.text.life %><br><a href="<%= it.confirmUrl %>"><%= it.confirmUrl %></a></p>
<p style="margin:24px 0 0;font-size:14px"><%= it.text.notMe %> <a href="<%= it.refuseUrl %>"><%= it.text.refuse %></a><br><%= it.text.silence %></p>
</div>
</body>
</html>
`;

const engine = new Eta({ autoEscape: true, autoTrim: false });
const template = engine.compile(HTML);

/** The one letter an unconfirmed address gets. It repeats nothing that the visitor typed: no name, no text. */
export function confirmationMail(letter: {
  to: Email;
  siteName: string;
  language: Language;
  publicUrl: string;
  token: string;
}): Mail {
  const site = headerText(letter.siteName);
  const text = TEXTS[letter.language].mail(site);
  const confirmUrl = `${letter.publicUrl.replace(/\/+$/, "")}/confirm/${letter.token}`;
  const refuseUrl = `${confirmUrl}/refuse`;
  return {
    to: letter.to,
    language: letter.language,
    purpose: "confirmation",
    subject: text.subject,
    text: [
      `${text.why} ${text.ask}`,
      confirmUrl,
      text.life,
      `${text.notMe} ${text.refuse}:\n${refuseUrl}`,
      text.silence,
    ]
      .join("\n\n")
      .concat("\n"),
    html: engine.render(template, { language: letter.language, site, text, confirmUrl, refuseUrl }),
  };
}
