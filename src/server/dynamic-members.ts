import type { DynamicMembers } from "./contacts/index.ts";
import { listSegmentMembers, TooSlow, type SegmentDeps } from "./segments/index.ts";

/** What the contact API, which stands below segments, needs of them. */
export function dynamicMembersOf(deps: SegmentDeps): DynamicMembers {
  return async ({ group, page }) => {
    try {
      const slice = { order: "oldest", skip: page.startIndex - 1, limit: page.maxRows } as const;
      return (await listSegmentMembers(deps, group, slice)) ?? { ids: [], total: 0 };
    } catch (error) {
      if (error instanceof TooSlow) return undefined;
      throw error;
    }
  };
}
