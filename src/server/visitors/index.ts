export { createCarryOut, type CarryOutDeps } from "./carry-out.ts";
export { forgetMessages, type NamedPerson } from "./forget-person.ts";
export { createInbox, type Inbox } from "./inbox.ts";
export { inspect } from "./inspect.ts";
export { correctTime } from "./rules.ts";
export { removeOldRejected, sweepRejectedReplays } from "./rejected-store.ts";
export { visitorRoutes, type VisitorDeps } from "./routes.ts";
