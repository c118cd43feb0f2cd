import type { ListedContacts } from "../../../contract/acts.ts";
import type { Segment } from "../../../contract/segments.ts";
import { late } from "../../ui/late.tsx";
import type { Choice } from "./choice.ts";

export interface BulkBarProps {
  readonly choice: Choice;
  /** All in the list, not only on the page. */
  readonly total: number;
  readonly listed: ListedContacts;
  /** The list segment whose members are shown. */
  readonly list?: Segment;
  /** Those who are listed may be others now. */
  changed(): Promise<void>;
}

const ChosenActs = late<BulkBarProps>(async () => (await import("./chosen-acts.tsx")).ChosenActs);

/** What can be done to those who are chosen; not there as long as nobody is. */
export function BulkBar({ choice, ...props }: Omit<BulkBarProps, "choice"> & { readonly choice: Choice | undefined }) {
  if (choice === undefined || (choice.ids.size === 0 && !choice.all)) return null;
  return (
    <div class="bulk-bar">
      <ChosenActs choice={choice} {...props} />
    </div>
  );
}
