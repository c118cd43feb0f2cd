export { forgetReports } from "./bulk/store.ts";
export { forgetOldUploads } from "./forget.ts";
export { contactRoutes } from "./routes.ts";
export type { ContactApiDeps, DynamicMembers, LinkedTables, TablePart, UnsubscribedList } from "./routes/deps.ts";
export type { DoubleOptIn, OptIn, OptInQuestion } from "./subscribe.ts";
export { forgetMemberships } from "./forget-person.ts";
export { addCategories } from "./category-store.ts";
export { addMembers, ensureGroups, findMembers, findMembersAmong, removeMembers } from "./group-store.ts";
export { findContact } from "./find-contact.ts";
export {
  BACKSTORY_LENGTHS,
  settleBackstories,
  settleBackstoriesPatiently,
  tellEveryBackstory,
  type BackstoryLength,
} from "./backstory-store.ts";
export {
  countContacts,
  listContacts,
  summariseContacts,
  type ContactListRequest,
  type ContactPage,
  type ContactSummary,
} from "./list.ts";
export { findByExternalId, findContactState, type ContactState } from "./store.ts";
export { currentChannel, findListed } from "./list-store.ts";
export { readContact, type ContactCard, type ContactLookup } from "./card.ts";
export {
  readTimeline,
  type Landmark,
  type Source,
  type TimelineCursor,
  type TimelineEntry,
  type TimelinePage,
} from "./timeline.ts";
export { tellStep } from "./tell-step.ts";
export { EVENTS_COUNTED_TO } from "./timeline-store.ts";
export { withoutAbsent } from "./contact-input.ts";
export type { Caller } from "./contact-calls.ts";
export { findPerson } from "./event-calls.ts";
export type { PersonKey } from "./event-input.ts";
export { appendPastEvents, readPastEvents } from "./past-events.ts";
export { findExternalId } from "./store.ts";
