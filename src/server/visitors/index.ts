export { createCarryOut, type CarryOutDeps } from "./carry-out.ts";
export { forgetMessages, type NamedPerson } from "./forget-person.ts";
export { createInbox, type Inbox } from "./inbox.ts";
export { inspect } from "./inspect.ts";
export { correctTime } from "./rules.ts";
export { watchMessages, type LiveMessage, type LivePage, type LiveVerdict } from "./live.ts";
export { readLiveCursor, writeLiveCursor } from "./live-cursor.ts";
export {
  countRejected,
  countRejectedOf,
  listRejected,
  removeOldRejected,
  removeRejected,
  sweepRejectedReplays,
  type Rejected,
} from "./rejected-store.ts";
export { truncateAddress } from "./origin.ts";
export { countEvents, removeEvents, type EventFilter } from "./remove-events.ts";
export { replayRejected, type ReplayDeps, type ReplayOutcome } from "./replay.ts";
export { removeOldAnonymous } from "./retention.ts";
export { visitorRoutes, type VisitorDeps } from "./routes.ts";
