import type { FieldRow } from "../../../contract/admin.ts";
import { href } from "../../router.ts";
import { t } from "../../text/index.ts";

const PLACES = { segment: "/segments", import: "/imports", export: "/exports" } as const;

/** What would no longer work without the field, each a way to it. */
export function FieldUses({ of: { usedBy } }: { readonly of: Pick<FieldRow, "usedBy"> }) {
  return (
    <>
      {usedBy.map(({ kind, id, name }) => (
        <a key={`${kind} ${id}`} class="line" href={href(`${PLACES[kind]}/${id}`)}>
          <bdi>{t(`fields.use.${kind}`, { name })}</bdi>
        </a>
      ))}
    </>
  );
}
