import { t } from "../../text/index.ts";
import type { Choice } from "./choice.ts";

/** The box at a contact of a list. */
export function ChooseOne({
  choice,
  id,
  name,
}: {
  readonly choice: Choice;
  readonly id: number;
  readonly name: string;
}) {
  return (
    <label class="choose">
      <input
        type="checkbox"
        aria-label={t("acts.choose", { name })}
        checked={choice.has(id)}
        onChange={() => choice.toggle(id)}
      />
    </label>
  );
}

/** The box above them: all on this page, or none of them. */
export function ChoosePage({ choice }: { readonly choice: Choice }) {
  return (
    <label class="choose">
      <input
        type="checkbox"
        aria-label={t("acts.choosePage")}
        checked={choice.page === "all"}
        indeterminate={choice.page === "some"}
        onChange={() => choice.togglePage()}
      />
    </label>
  );
}
