// What sign-up forms, password mails and single sign-on put into addresses, though it belongs to nobody's history.
const SECRET_NAME =
  /^(?:e-?mail|user_?name|phone|tel|pass(?:word|wd)?|pwd|secret|auth|authorization|bearer|jwt|sid|session(?:_?id)?|api_?key|(?:\w{1,20}_)?token|signature|otp)$/i;
const SECRET_VALUE = /@|%40|^[0-9a-f]{32,}$|^eyJ[\w-]+\.[\w-]+\./i;

/**
 * The address of a page without personal data and secrets in its query and fragment, and without a user's name and
 * password before its host; everything else stays as it was written.
 */
export function cleanUrl(url: string | undefined): string | undefined {
  if (url === undefined || !/[?#@]/.test(url)) return url;
  const [, start = "", query = "", fragment = ""] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(url) ?? [];
  return withoutUser(start) + clean(query, "?") + clean(fragment, "#");
}

function withoutUser(start: string): string {
  if (!start.includes("@")) return start;
  return start.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, "$1");
}

function clean(part: string, sign: "?" | "#"): string {
  if (part === "") return "";
  const pairs = part.slice(1).split("&");
  const kept = pairs.filter((pair) => !isSecret(pair));
  if (kept.length === pairs.length) return part;
  return kept.length === 0 ? "" : sign + kept.join("&");
}

function isSecret(pair: string): boolean {
  const equals = pair.indexOf("=");
  const name = equals < 0 ? "" : pair.slice(0, equals);
  // Fragments of single-page applications look like `#/reset?token=…`.
  const lastName = name.slice(Math.max(name.lastIndexOf("?"), name.lastIndexOf("/")) + 1);
  return SECRET_NAME.test(lastName) || SECRET_VALUE.test(pair.slice(equals + 1));
}
