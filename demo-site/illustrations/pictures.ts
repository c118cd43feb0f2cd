import type { Html } from "../html.ts";
import { html } from "../html.ts";
import { aloe, barrelCactus, echeveria, jadePlant } from "./succulents.ts";
import { glazedPlanter, seedling, soilBag, terracottaPot, wateringCan } from "./things.ts";
import { philodendron, pothos, spiderPlant, stringOfHearts } from "./trailing.ts";
import {
  castIronPlant,
  fiddleLeaf,
  kentiaPalm,
  monstera,
  peaceLily,
  rubberPlant,
  snakePlant,
  zzPlant,
} from "./upright.ts";

/** Every drawing stands in a box of 240 × 270, with its foot on y = 262. */
const pictures = {
  aloe: aloe(),
  barrelCactus: barrelCactus(),
  castIronPlant: castIronPlant(),
  echeveria: echeveria(),
  fiddleLeaf: fiddleLeaf(),
  glazedPlanter: glazedPlanter(),
  jadePlant: jadePlant(),
  kentiaPalm: kentiaPalm(),
  monstera: monstera(),
  peaceLily: peaceLily(),
  philodendron: philodendron(),
  pothos: pothos(),
  rubberPlant: rubberPlant(),
  seedling: seedling(),
  snakePlant: snakePlant(),
  soilBag: soilBag(),
  spiderPlant: spiderPlant(),
  stringOfHearts: stringOfHearts(),
  terracottaPot: terracottaPot(),
  wateringCan: wateringCan(),
  zzPlant: zzPlant(),
} satisfies Record<string, Html>;

export type PictureName = keyof typeof pictures;

/** A picture beside text that says the same: hidden from screen readers. */
export function picture(name: PictureName): Html {
  return html`<svg class="picture" viewBox="0 0 240 270" aria-hidden="true" focusable="false">${pictures[name]}</svg>`;
}

export function labelledPicture(name: PictureName, label: string): Html {
  return html`<svg class="picture" viewBox="0 0 240 270" role="img" aria-label="${label}">${pictures[name]}</svg>`;
}

/** A picture as a part of a larger drawing, `foot` being where it stands. */
export function pictureIn(scene: { name: PictureName; x: number; foot: number; height: number }): Html {
  const width = (scene.height * 240) / 270;
  const top = scene.foot - (scene.height * 262) / 270;
  return html`<svg
    x="${scene.x - width / 2}"
    y="${top}"
    width="${width}"
    height="${scene.height}"
    viewBox="0 0 240 270"
  >
    ${pictures[scene.name]}
  </svg>`;
}
