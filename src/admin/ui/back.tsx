import { href } from "../router.ts";
import { t, type PlainKey } from "../text/index.ts";
import { Icon } from "./icon.tsx";

/** Up to the screen that this one belongs to. */
export function Back({ to, title }: { readonly to: string; readonly title: PlainKey }) {
  return (
    <a class="back" href={href(to)}>
      <Icon name="back" />
      {t(title)}
    </a>
  );
}

export const BackToSettings = () => <Back to="/settings" title="nav.settings" />;
