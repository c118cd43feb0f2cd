import type { FieldRow } from "../../../contract/admin/fields.ts";
import { href } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Linked } from "../../ui/linked.tsx";

type Use = FieldRow["usedBy"][number];

const SCREENS: Readonly<Record<Use["kind"], string | undefined>> = {
  segment: "/segments",
  export: "/exports",
  import: "/imports",
  // What is remembered of a file is shown nowhere.
  mapping: undefined,
};

/** What a field is a part of, and the way there. */
export function FieldUse({ use: { kind, id, name } }: { readonly use: Use }) {
  const screen = SCREENS[kind];
  const to = screen === undefined ? undefined : href(id === undefined ? screen : `${screen}/${id}`);
  return (
    <Linked to={to}>
      <bdi>{t(`fields.use.${kind}`, { name })}</bdi>
    </Linked>
  );
}
