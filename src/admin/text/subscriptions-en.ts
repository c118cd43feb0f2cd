/** The screen of addresses and how far letters may go to them. */
export const subscriptionsEn = {
  "subscriptions.title": "Subscriptions",
  "subscriptions.lead":
    "The current email addresses of your contacts: who may be written to, who still has to confirm, and who said no.",
  "subscriptions.statuses": "By status",
  "subscriptions.none": "No such address",
  "subscriptions.none.unconfirmed":
    "An address waits here from the moment somebody gives it until they follow the link in the letter.",
  "subscriptions.none.confirmed": "An address is confirmed when its owner follows the link, or your back end says so.",
  "subscriptions.none.unsubscribed": "Whoever follows the unsubscribe link of a letter appears here.",
  "subscriptions.none.bounced": "Addresses appear here when letters to them cannot be delivered for good.",
  "subscriptions.none.suppressed": "Addresses appear here when their owner complained, or when they were blocked.",
  "subscriptions.lastAsked": "Last confirmation letter",
  "subscriptions.neverAsked": "No confirmation letter within 30 days.",
  "subscriptions.waiting": { one: "{n} letter waits to leave.", other: "{n} letters wait to leave." },
  "subscriptions.dead": {
    one: "{n} letter could not be sent and was given up.",
    other: "{n} letters could not be sent and were given up.",
  },
  "subscriptions.since": "Since",
  "subscriptions.asked": "Last letter",
  "subscriptions.link": "link ends",
  "subscriptions.askAgain": "Send again",
  "subscriptions.askedAgain": "The confirmation letter to {address} is on its way",
} as const;
