import type { ComponentChildren } from "preact";
import { webAddress } from "./web-address.ts";

/** Follows only http and https; any other tracked address stays text. */
export function SafeLink({ address, children }: { readonly address: string; readonly children?: ComponentChildren }) {
  const url = webAddress(address);
  if (url === undefined) return <span>{children ?? address}</span>;
  return (
    <a href={url.href} target="_blank" rel="noopener noreferrer nofollow" class="outside">
      {children ?? address}
    </a>
  );
}
