import { session } from "../session.ts";
import { t } from "../text/index.ts";
import { Snippet } from "./copy.tsx";

interface Props {
  /** Below the address of the installation, from `/api` on. */
  readonly path: string;
  /** Further arguments of curl, in their order. */
  readonly more?: readonly string[];
  /** What the line cannot say by itself. */
  readonly note?: string;
}

/** How a program does what the screen does. */
export function AsApi({ path, more = [], note }: Props) {
  if (session.value.kind !== "in") return null;
  const { publicUrl } = session.value.me;
  const lines = [`curl -u "any:$BACKSTORY_API_KEY"`, ...more, `"${publicUrl}${path}"`];
  return (
    <details class="card as-api">
      <summary>{t("app.api")}</summary>
      {note !== undefined && <p class="small muted">{note}</p>}
      <Snippet text={lines.join(" \\\n  ")} />
    </details>
  );
}
