// The door of identity: whose history is this. Everything takes `{ db, secretKey }`, which the deps of a slice have.

export { normaliseEmail, normaliseExternalId, normalisePhone } from "./normalise.ts";
export { isBlockedIdentifier } from "./blocked.ts";
export type {
  AdditionalValue,
  Cause,
  ContactFields,
  IdentifyMode,
  IdentityOutcome,
  IdentityRequest,
  MatchedBy,
  Refused,
  Resolved,
  Trust,
  Warning,
} from "./request.ts";
export { DEFAULT_IDENTITY_SETTINGS, type IdentitySettings } from "./settings.ts";
export { COLUMN_OF } from "./contact-row.ts";
export { resolveIdentity, resolveWithin } from "./group.ts";
export { resolveInTransaction, resolveTogether, type IdentityDeps, type Within } from "./resolve.ts";
export { proveClaim, type MailboxProof } from "./prove-claim.ts";
export { closeVisitor, type Logout } from "./close-visitor.ts";
export { listBindings, type Binding } from "./bindings.ts";
export { deleteContact, deleteTogether, type ContactOrder, type DeleteOutcome } from "./delete-contact.ts";
export { LookAgain, retried } from "./retried.ts";
export { eraseContact, type EraseOutcome, type ErasedPerson, type ErasedStretch } from "./erase-contact.ts";
export { removeErasedEvents, sweepErasedReplays } from "./erased-events.ts";
export { mergeContacts, type MergeOrder, type MergeOutcome } from "./merge-contacts.ts";
export { undoMerge, type UndoOrder, type UndoOutcome } from "./undo-merge.ts";
export { explainContact, type ExplanationStep } from "./explain.ts";
export { dryRun, forecastInTransaction, type Forecast } from "./dry-run.ts";
export type { Contact } from "./facts.ts";
export type { NormalRequest } from "./normal-request.ts";
export { readRequest } from "./read-request.ts";
export {
  findHolders,
  findTombstones,
  keysIn,
  laterText,
  loadPeople,
  lockAndLoadPeople,
  nameOf,
  planEasily,
  writeMany,
  type EasyPlan,
  type Known,
  type PlacedCreation,
  type PlacedUpdate,
  type Remembered,
} from "./many/index.ts";
export { findErased } from "./find-erased.ts";
export { lockPeople, locksOf, takeLocks, type Key } from "./locks.ts";
export { addressHash, findSuppressed, lockAddresses, type Suppressed } from "./suppressions.ts";
export { keyedHash } from "./keyed-hash.ts";
export { dropClaim, expireClaims, forgetMergeSnapshots } from "./claims.ts";
export { resolveSigned, type SignedOutcome } from "./signed-identity.ts";
export { FAULT_SENTENCES, type TokenFault } from "./identity-token.ts";
export {
  createIdentityKey,
  listIdentityKeys,
  revokeIdentityKey,
  type CreatedIdentityKey,
  type IdentityKey,
  type NewIdentityKey,
} from "./identity-keys.ts";
export { readPublicKey, type PublicKeyReading } from "./public-key.ts";
export { issueIdentityToken, type TokenWish } from "./issue-token.ts";
