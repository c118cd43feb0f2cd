import type { Language } from "../mail/index.ts";

/** The first language of the wishes that we speak, in their order; English when there is none. */
export function languageFor(...wishes: readonly (string | undefined | null)[]): Language {
  for (const wish of wishes) {
    const primary = wish?.trim().toLowerCase().split(/[-_]/)[0];
    // `ua` is the country, yet often written where the language is meant.
    if (primary === "uk" || primary === "ua") return "uk";
    if (primary === "en") return "en";
  }
  return "en";
}

/** The same for an `Accept-Language` header, where the order is that of the weights. */
export function languageOfHeader(header: string | undefined): Language {
  const ranges = (header ?? "").slice(0, 500).split(",");
  const weighted = ranges.map((range) => {
    const [tag, ...parameters] = range.split(";").map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) || 0 };
  });
  return languageFor(
    ...weighted
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
      .map(({ tag }) => tag),
  );
}
