/** A tracked address that may be followed; anything but http and https stays text. */
export function webAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

/** The part of an address that tells pages of one site apart. */
export function pathOf(address: string): string {
  const url = webAddress(address);
  return url === undefined ? address : url.pathname + url.search + url.hash;
}
