import { NOBODY } from "../client/nobody.ts";
import type { Store } from "./store.ts";
import type { VisitorId } from "./visitor-id.ts";

const WHO = "who";

/**
 * Notes which external id this visitor id was last identified with, and says whether it was another one before: somebody
 * else now uses the browser.
 *
 * Why a new visitor id then: a browser's word about a contact that exists is only a claim, and until it is proven the
 * old binding stays in force, so the second person's browsing would land in the first person's history. Under a new id
 * it belongs to nobody until proven.
 * Why not for a signed identity: its token names the visitor id that the back end saw, and proves the switch itself.
 * Why the note is tied to the visitor id (by its first characters, too few to restore it): once the cookie is gone, the
 * note says nothing about the new id, whose anonymous history must reach whoever identifies next.
 * Why a hash: the external id itself has no business in storage. A collision leaves the switch to the server alone.
 */
export const notePerson = (store: Store, visitor: VisitorId, externalId: unknown): boolean => {
  const id = `${externalId ?? ""}`;
  if (NOBODY.test(id)) return false;
  const before = store.read(WHO);
  const tie = visitor.slice(0, 4);
  const note = tie + [...(visitor + id)].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 0);
  store.write(WHO, note);
  return before.startsWith(tie) && before !== note;
};
