import type { ComponentChildren } from "preact";

/** A number, and the list that makes it up where there is one. */
export function Linked({ to, children }: { readonly to: string | undefined; readonly children: ComponentChildren }) {
  return to === undefined ? <>{children}</> : <a href={to}>{children}</a>;
}
