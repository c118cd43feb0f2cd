import { href } from "../../router.ts";
import { t } from "../../text/index.ts";
import { Icon } from "../../ui/icon.tsx";

export function BackToSegments() {
  return (
    <a class="back" href={href("/segments")}>
      <Icon name="back" />
      {t("segments.title")}
    </a>
  );
}
