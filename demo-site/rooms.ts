import type { Scene } from "./illustrations/scene.ts";

/** A room of the lookbook, and what stands in it. */
export interface Room {
  readonly slug: string;
  readonly name: string;
  readonly intro: string;
  readonly story: string;
  readonly products: readonly string[];
  readonly scene: Scene;
}

export const rooms: readonly Room[] = [
  {
    slug: "kitchen-shelf",
    name: "The kitchen shelf",
    intro: "Steam, a south window, and somebody who always has a glass of water in the hand.",
    story:
      "Trailing plants love a kitchen: the air is moist and they are looked at three times a day. Keep the aloe within reach of the stove, and leave room for one pot that is only there because it is beautiful.",
    products: ["golden-pothos", "aloe-vera", "spider-plant", "long-spout-can"],
    scene: {
      label: "A kitchen with a window, two shelves and plants on them",
      wall: "#dfe5d5",
      floor: "#c9a57e",
      window: { x: 64, sky: "#bcd8e2" },
      boards: [
        { x: 318, y: 130, width: 270, kind: "shelf" },
        { x: 318, y: 280, width: 270, kind: "shelf" },
      ],
      plants: [
        { name: "aloe", x: 110, foot: 233, height: 116 },
        { name: "peaceLily", x: 204, foot: 233, height: 128 },
        { name: "spiderPlant", x: 380, foot: 131, height: 118 },
        { name: "glazedPlanter", x: 462, foot: 131, height: 78 },
        { name: "echeveria", x: 538, foot: 131, height: 96 },
        { name: "wateringCan", x: 386, foot: 281, height: 104 },
        { name: "jadePlant", x: 474, foot: 281, height: 128 },
        { name: "terracottaPot", x: 550, foot: 281, height: 72 },
      ],
    },
  },
  {
    slug: "north-bedroom",
    name: "The north bedroom",
    intro: "Cool, quiet, and never a ray of sun.",
    story:
      "Nothing here wants light, so everything can stand where it looks best. One tall plant by the bed, one on the chest of drawers, and water only when you change the sheets.",
    products: ["snake-plant", "zz-plant", "cast-iron-plant", "heartleaf-philodendron"],
    scene: {
      label: "A bedroom with a sideboard, a snake plant and a cast-iron plant",
      wall: "#cdd6dc",
      floor: "#b29a86",
      window: { x: 402, sky: "#d5dfe3" },
      boards: [{ x: 60, y: 240, width: 270, kind: "sideboard" }],
      plants: [
        { name: "snakePlant", x: 118, foot: 241, height: 160 },
        { name: "philodendron", x: 232, foot: 241, height: 150 },
        { name: "castIronPlant", x: 394, foot: 376, height: 176 },
        { name: "zzPlant", x: 540, foot: 382, height: 200 },
      ],
    },
  },
  {
    slug: "living-room-corner",
    name: "The empty corner",
    intro: "Every living room has one. It wants something taller than you expect.",
    story:
      "Put the biggest plant on the floor and a smaller one at its feet, so that it looks as if they had met by chance. A palm softens the wall; a rubber plant gives it weight.",
    products: ["monstera", "kentia-palm", "rubber-plant", "fiddle-leaf-fig"],
    scene: {
      label: "A living room corner with a palm, a monstera and a rubber plant",
      wall: "#e8d8c4",
      floor: "#a98a6c",
      window: { x: 40, sky: "#cfe3e6" },
      boards: [{ x: 276, y: 286, width: 132, kind: "table" }],
      plants: [
        { name: "kentiaPalm", x: 506, foot: 366, height: 310 },
        { name: "monstera", x: 342, foot: 287, height: 160 },
        { name: "rubberPlant", x: 186, foot: 378, height: 220 },
        { name: "jadePlant", x: 420, foot: 386, height: 96 },
      ],
    },
  },
  {
    slug: "desk-by-the-window",
    name: "The desk by the window",
    intro: "Full sun, long weekends, and nobody in charge of watering.",
    story:
      "Succulents forgive a calendar full of meetings. Turn them a little on Mondays, water them on pay day, and let the string of hearts mark the passing of the quarters.",
    products: ["echeveria", "golden-barrel", "jade-plant", "string-of-hearts"],
    scene: {
      label: "A desk under a window with succulents, and a hanging plant",
      wall: "#ead9d2",
      floor: "#9d8670",
      window: { x: 230, sky: "#c4dfe8" },
      boards: [{ x: 110, y: 266, width: 430, kind: "table" }],
      plants: [
        { name: "stringOfHearts", x: 108, foot: 214, height: 220 },
        { name: "barrelCactus", x: 204, foot: 267, height: 108 },
        { name: "echeveria", x: 300, foot: 267, height: 92 },
        { name: "aloe", x: 394, foot: 267, height: 110 },
        { name: "jadePlant", x: 486, foot: 267, height: 130 },
      ],
    },
  },
];

export function findRoom(slug: string): Room | undefined {
  return rooms.find((room) => room.slug === slug);
}
