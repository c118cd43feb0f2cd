import type { Act } from "../../../contract/acts.ts";
import { href } from "../../router.ts";
import { Linked } from "../../ui/linked.tsx";
import { endOf, resultsOf } from "./words.ts";

interface Props {
  readonly act: Act;
  /** What went with it, in numbers. */
  readonly effect?: string;
}

/** What became of the contacts; those who are in a list now are one step away. */
export function ActResult({ act, effect = "" }: Props) {
  const { kind, list } = act;
  const to = kind === "join" && list !== null ? href(`/segments/${list.id}`) : undefined;
  const end = endOf(act);
  return (
    <span>
      {resultsOf(act).map(({ text, isInList }, index) => (
        <>
          {index > 0 && "; "}
          <Linked to={isInList ? to : undefined}>{text}</Linked>
        </>
      ))}
      {effect !== "" && `, ${effect}`}
      {end !== undefined && `. ${end}`}
    </span>
  );
}
