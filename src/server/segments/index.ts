export { readCatalogue } from "./catalogue.ts";
export { suggestValues } from "./catalogue-store.ts";
export type { ConditionFault } from "./check-rules.ts";
export {
  changeSegment,
  createSegment,
  findSegment,
  listSegments,
  removeSegment,
  segmentsThatAsk,
  type SaveOutcome,
  type SegmentDeps,
} from "./definitions.ts";
export { TooSlow, type MemberQuery } from "./evaluate-store.ts";
export {
  explainMember,
  findMemberQuery,
  joinList,
  leaveList,
  listDynamicMemberships,
  listSegmentMembers,
  listSegmentsOf,
  tryCondition,
  type DynamicMembership,
  type MembersOutcome,
} from "./membership.ts";
export { holdLists } from "./store.ts";
