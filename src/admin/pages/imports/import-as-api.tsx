import type { ImportSettings } from "../../../contract/imports.ts";
import { t } from "../../text/index.ts";
import { AsApi } from "../../ui/as-api.tsx";

/** What the API calls the unique fields that an upload can have. */
const KEYS: Readonly<Record<string, string>> = {
  externalCustomerId: "externalCustomerId",
  email: "email",
  phone: "sms",
  id: "id",
};

interface Props {
  readonly settings?: Pick<ImportSettings, "key" | "columns" | "segment" | "deleted"> | null;
}

/** The call that brings a file of contacts. It has no settings for a file's columns: they bear the names of the fields. */
export function ImportAsApi({ settings }: Props) {
  const { key, columns = [], segment, deleted } = settings ?? {};
  const own = key ?? ["externalCustomerId", "email", "phone"].find((target) => columns.includes(target));
  const body = {
    link: "https://files.example.org/contacts.csv",
    dedupeOn: KEYS[own ?? "externalCustomerId"] ?? "externalCustomerId",
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
