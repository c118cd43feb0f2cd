import type { ChannelStatus, IdentifierKind, Proof } from "./facts.ts";
import type { NormalRequest } from "./normal-request.ts";

type Word = Pick<NormalRequest, "trust" | "verb"> & Partial<Pick<NormalRequest, "emailFrom" | "newAddresses">>;

/** How well this request knows the identifier it names. */
export function proofOf({ trust, emailFrom }: Word, kind: IdentifierKind): Proof {
  switch (trust) {
    case "server":
    case "mobile":
      return "server";
    case "signed":
      // A token says an external id and perhaps an email; what stands beside it is the browser's word.
      return kind === "phone" || (kind === "email" && emailFrom === "message") ? "claimed" : "server";
    case "mail":
      return kind === "email" ? "confirmed" : "claimed";
    case "claim":
      return "claimed";
  }
}

export function proves(word: Word, kind: IdentifierKind): boolean {
  return proofOf(word, kind) !== "claimed";
}

/** Only the back end itself may put another email or phone in the place of one that is there. */
export function mayReplace({ trust, verb }: Word): boolean {
  return trust === "server" && verb !== "subscribe";
}

/** The status an address begins with, or rises to: an unsubscribed one stays unsubscribed. */
export function statusOf(word: Word, type: "email" | "sms"): ChannelStatus {
  if (word.trust === "mail") return type === "email" ? "confirmed" : "unconfirmed";
  if (word.verb === "subscribe" || word.newAddresses === "unconfirmed") return "unconfirmed";
  if (word.trust === "server") return "confirmed";
  return word.trust === "signed" && type === "email" && proves(word, "email") ? "confirmed" : "unconfirmed";
}

/** Whose word about a field prevails in a merge (M3). What an app says before anybody logged in is the weaker word. */
export function rankOf(request: NormalRequest): number {
  if (request.trust === "server") return 4;
  if (request.trust === "mobile") return request.external === undefined ? 2 : 4;
  // An app in which the person has logged in speaks for the person, token or not.
  if (request.trust === "signed" && request.verb === "device") return 4;
  return request.trust === "signed" ? 3 : 1;
}

/** Whether fields are simply set, rather than weighed against what is known. */
export function insists(request: NormalRequest): boolean {
  return rankOf(request) === 4;
}
