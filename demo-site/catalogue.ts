import type { PictureName } from "./illustrations/pictures.ts";
import { products } from "./products.ts";

export interface Category {
  readonly slug: string;
  readonly name: string;
  readonly blurb: string;
  readonly intro: string;
  readonly picture: PictureName;
}

export interface Product {
  readonly slug: string;
  readonly name: string;
  /** Botanical name of a plant, or the maker of a thing. */
  readonly subtitle: string;
  readonly category: string;
  readonly cents: number;
  readonly blurb: string;
  readonly description: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
  readonly picture: PictureName;
}

export const categories: readonly Category[] = [
  {
    slug: "low-light",
    name: "Low light",
    blurb: "For hallways, north windows and desks",
    intro: "Plants that stay handsome where the sun never quite arrives. Water less than you think.",
    picture: "snakePlant",
  },
  {
    slug: "trailing",
    name: "Trailing",
    blurb: "For high shelves and hanging pots",
    intro: "Give them a ledge to climb down from. Most of them root in a glass of water, so one becomes three.",
    picture: "pothos",
  },
  {
    slug: "statement",
    name: "Statement plants",
    blurb: "For the corner that needs one big thing",
    intro:
      "Grown on for two years or more, staked and settled before they travel. Each is checked over by the person who packs it.",
    picture: "monstera",
  },
  {
    slug: "succulents",
    name: "Succulents & cacti",
    blurb: "For south windows and forgetful people",
    intro: "They store their own water and ask for sun. Ideal for holiday homes and for anybody who travels.",
    picture: "aloe",
  },
  {
    slug: "pots-and-care",
    name: "Pots & care",
    blurb: "For everything under and around the leaf",
    intro: "Pots with a hole in the bottom, tools that last, and a soil we mix ourselves.",
    picture: "wateringCan",
  },
];

export function findCategory(slug: string): Category | undefined {
  return categories.find((category) => category.slug === slug);
}

export function findProduct(slug: string): Product | undefined {
  return products.find((product) => product.slug === slug);
}

export function listProducts(category: string): readonly Product[] {
  return products.filter((product) => product.category === category);
}

export function listBySlugs(slugs: readonly string[]): readonly Product[] {
  return slugs.flatMap((slug) => findProduct(slug) ?? []);
}
