/** Why nothing arrives, and how to say who signed up. */
export const silenceEn = {
  "silence.title": "Nothing has arrived for a minute. This is what the server saw:",
  "silence.usual": "What it usually is:",
  "silence.nothing":
    "No page has fetched the script within the last day, and no message came for this site: the tag is on no page that was opened.",
  "silence.onlyScript": "{page} fetched the script, but sent no message. Last",
  "silence.onlyScript.hint": "The tag is there; something keeps it from sending: see below.",
  "silence.wrongKey": "{page} sends with the key “{wrong}”, which no site has. This site’s key is “{right}”. Last",
  "silence.blockedOrigin": "{page} sends with the right key, but is not among the allowed origins. Last",
  "silence.allow": "Allow {page}",
  "silence.allowed": "{page} is allowed now",
  "silence.refused": "A request from {page} was refused: {why}. Last",
  "silence.rejected": {
    one: "{n} message arrived and was rejected ({code}). Last",
    other: "{n} messages arrived and were rejected ({code}). Last",
  },
  "silence.rejected.link": "Look at them",
  "silence.unknownPage": "a page that does not say where it is",
  "silence.code.invalid_json": "its body was no JSON",
  "silence.code.invalid_batch": "its body was no batch of messages",
  "silence.code.too_large": "it was too large",
  "silence.code.too_many_messages": "it held too many messages",
  "silence.code.rate_limited": "its network address sent too many requests",
  "silence.code.unsupported_encoding": "its compression is not one that is read here",
  "sites.causes.ignored": "The browser that looks is told to be ignored: its local storage holds “backstory_ignore”.",
  "sites.causes.consent": "The tag waits for consent, and nobody has agreed yet.",
  "sites.identify.makeKey": "Make a key for this example",
  "sites.identify.makeKey.hint":
    "It may write contacts. It is shown this once, within the command; you can revoke it under API keys.",
  "sites.identify.secret": "The command holds a working key, shown this once. Copy it now.",
  "sites.identify.keyName": "Example of {site}",
} as const;
