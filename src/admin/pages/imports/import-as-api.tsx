import type { ImportSettings } from "../../../contract/imports.ts";
import { t } from "../../text/index.ts";
import { AsApi } from "../../ui/as-api.tsx";

/** What the API calls a unique field. Undefined: it has none of this kind. */
function dedupingOn(key: string): { readonly dedupeOn: string; readonly fieldId?: number } | undefined {
  const field = /^field:(\d+)$/.exec(key)?.[1];
  if (field !== undefined) return { dedupeOn: "fieldId", fieldId: Number(field) };
  if (key === "phone") return { dedupeOn: "sms" };
  return key === "externalCustomerId" || key === "email" || key === "id" ? { dedupeOn: key } : undefined;
}

interface Props {
  readonly settings?: Pick<ImportSettings, "key" | "columns" | "segment" | "deleted"> | null;
}

/** The call that brings a file of contacts. It has no settings for a file's columns: they bear the names of the fields. */
export function ImportAsApi({ settings }: Props) {
  const { key, columns = [], segment, deleted } = settings ?? {};
  const own = key ?? ["externalCustomerId", "email", "phone"].find((target) => columns.includes(target));
  const deduping = dedupingOn(own ?? "externalCustomerId");
  if (deduping === undefined) return null;
  const body = {
    link: "https://files.example.org/contacts.csv",
    ...deduping,
    ...(segment && { groupNames: [segment] }),
    ...(deleted === "restore" && { restoreDeleted: true }),
  };
  const data = JSON.stringify(body).replaceAll("'", "'\\''");
  return (
    <AsApi
      path="/api/v1/contacts/upload"
      more={['-H "content-type: application/json"', `-d '${data}'`]}
      note={t("imports.api")}
    />
  );
}
