import type { DownloadQuery } from "../../../contract/exports.ts";
import { downloadAddress } from "../../api.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";

/** A list of contacts as it stands here, all pages of it, as a file. */
export function Downloads({ of: listed }: { readonly of: Omit<DownloadQuery, "format"> }) {
  return (
    <details class="downloads">
      <summary class="button">
        <Icon name="download" />
        {t("contacts.download")}
      </summary>
      <div class="download-menu">
        {(["csv", "ndjson"] as const).map((format) => (
          <a key={format} href={downloadAddress({ format, ...listed })} download>
            {t(`contacts.download.${format}`)}
          </a>
        ))}
      </div>
    </details>
  );
}
