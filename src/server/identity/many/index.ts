// Requests by the thousand: what is easy is written set by set, everything else by `resolveInTransaction`.

export { findHolders, loadPeople, lockAndLoadPeople, nameOf, type Remembered } from "./look.ts";
export { keysIn, planEasily, type EasyPlan, type Known } from "./easy-rules.ts";
export { laterText, writeMany, type PlacedCreation, type PlacedUpdate } from "./write.ts";
export { findTombstones } from "./tombstones.ts";
