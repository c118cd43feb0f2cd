import type { Html } from "../html.ts";
import type { Curve, Tint } from "./shapes.ts";
import {
  along,
  heading,
  leaf,
  point,
  pots,
  round,
  roundPot,
  splitLeaf,
  stroke,
  svg,
  taperedPot,
  tints,
} from "./shapes.ts";

const soil = point(120, 196);

/** Leaves in pairs along a stem, smaller towards the tip. */
function pinnate(curve: Curve, look: { pairs: number; length: number; width: number; tint: Tint; spread: number }) {
  let drawn = "";
  for (let pair = 0; pair < look.pairs; pair += 1) {
    const t = 0.22 + (0.74 * pair) / (look.pairs - 1);
    const size = 1 - 0.4 * (pair / look.pairs);
    const shape = { at: along(curve, t), length: look.length * size, width: look.width * size, tint: look.tint };
    const angle = heading(curve, t);
    drawn += leaf({ ...shape, angle: angle - look.spread }) + leaf({ ...shape, angle: angle + look.spread });
  }
  return drawn;
}

export function snakePlant(): Html {
  const sword = (x: number, top: number, lean: number) => {
    const tip = `${round(120 + lean)} ${top}`;
    const side = (dx: number) =>
      `${round(x + dx)} 200C${round(x + dx * 1.5)} 150 ${round(120 + lean + dx)} ${top + 50} ${tip}`;
    const bands = [0.2, 0.36, 0.52, 0.68, 0.82]
      .map((t) => {
        const y = 200 + (top - 200) * t;
        const cx = x + (120 + lean - x) * t * t;
        const half = 8 * (1 - t * 0.55);
        return `<path d="M${round(cx - half)} ${round(y)}q${round(half * 0.5)} -5 ${round(half)} 0t${round(half)} 0" stroke="#8db08c" stroke-width="2.4" fill="none" opacity=".75"/>`;
      })
      .join("");
    return `<path d="M${side(-12)}C${round(120 + lean + 12)} ${top + 50} ${round(x + 18)} 150 ${round(x + 12)} 200Z" fill="#cdc46f"/><path d="M${side(-9)}C${round(120 + lean + 9)} ${top + 50} ${round(x + 13)} 150 ${round(x + 9)} 200Z" fill="#3b6f55"/>${bands}`;
  };
  return svg(
    sword(104, 62, -38),
    sword(138, 74, 40),
    sword(112, 30, -10),
    sword(130, 44, 18),
    sword(120, 100, -2),
    taperedPot(pots.cream, 92),
  );
}

export function zzPlant(): Html {
  const stems: Curve[] = [
    [soil, point(84, 130), point(44, 84)],
    [soil, point(158, 130), point(198, 92)],
    [soil, point(104, 110), point(92, 34)],
    [soil, point(140, 110), point(152, 40)],
    [soil, point(120, 150), point(122, 88)],
  ];
  const drawn = stems.map(
    (stem) =>
      stroke(stem, { color: "#4d8053", width: 4 }) +
      pinnate(stem, { pairs: 6, length: 33, width: 19, tint: tints.fern, spread: 58 }) +
      leaf({ at: along(stem, 0.97), angle: heading(stem, 1), length: 24, width: 13, tint: tints.fern }),
  );
  return svg(...drawn, roundPot(pots.charcoal));
}

export function castIronPlant(): Html {
  const blades: readonly (readonly [number, number, number])[] = [
    [-50, 118, 30],
    [50, 118, 30],
    [-28, 148, 34],
    [30, 144, 34],
    [-8, 168, 36],
    [14, 122, 32],
  ];
  return svg(
    ...blades.map(([angle, length, width]) =>
      leaf({ at: point(120 + angle * 0.3, 200), angle, length, width, tint: tints.deep, belly: 0.55 }),
    ),
    taperedPot(pots.dusk, 88),
  );
}

export function peaceLily(): Html {
  const leaves = [-66, 64, -44, 42, -20, 22].map((angle) =>
    leaf({
      at: point(120 + angle * 0.2, 200),
      angle,
      length: 108 - Math.abs(angle) * 0.2,
      width: 34,
      tint: tints.fern,
    }),
  );
  const flower = (stem: Curve, angle: number) => {
    const { x, y } = stem[2];
    return (
      stroke(stem, { color: "#6b9a5c", width: 3 }) +
      leaf({
        at: point(x, y + 4),
        angle,
        length: 50,
        width: 30,
        tint: { dark: "#e9e6d8", light: "#fbfaf2", vein: "#d4d0ba" },
      }) +
      `<rect x="${x - 3}" y="${y - 24}" width="6" height="24" rx="3" fill="#e2c865" transform="rotate(${angle} ${x} ${y})"/>`
    );
  };
  return svg(
    flower([soil, point(104, 120), point(84, 72)], -16),
    flower([soil, point(146, 130), point(160, 92)], 18),
    ...leaves,
    flower([soil, point(122, 120), point(124, 54)], 4),
    leaf({ at: point(120, 202), angle: 2, length: 84, width: 32, tint: tints.fern }),
    roundPot(pots.rose),
  );
}

export function monstera(): Html {
  const leaves: readonly (readonly [Curve, number, number])[] = [
    [[soil, point(76, 150), point(58, 116)], -58, 66],
    [[soil, point(166, 150), point(184, 120)], 60, 64],
    [[soil, point(96, 120), point(80, 80)], -28, 72],
    [[soil, point(150, 120), point(162, 78)], 30, 72],
    [[soil, point(122, 140), point(122, 112)], 2, 88],
  ];
  return svg(
    ...leaves.map(
      ([stem, angle, length]) =>
        stroke(stem, { color: "#4b7a4c", width: 4 }) +
        splitLeaf({ at: stem[2], angle, length, width: length * 0.98, tint: tints.fern }),
    ),
    taperedPot(pots.terracotta, 100),
  );
}

function tree(look: {
  tint: Tint;
  bark: string;
  leaves: readonly (readonly [number, number, number, number])[];
  belly: number;
}) {
  const trunk: Curve = [soil, point(112, 130), point(122, 46)];
  return (
    stroke(trunk, { color: look.bark, width: 6 }) +
    look.leaves
      .map(([t, angle, length, width]) =>
        leaf({ at: along(trunk, t), angle, length, width, tint: look.tint, belly: look.belly }),
      )
      .join("")
  );
}

export function fiddleLeaf(): Html {
  const leaves = [
    [0.42, -76, 60, 46],
    [0.48, 78, 62, 46],
    [0.6, -58, 64, 50],
    [0.66, 60, 64, 50],
    [0.8, -36, 62, 48],
    [0.86, 40, 60, 48],
    [0.98, 2, 50, 40],
  ] as const;
  return svg(tree({ tint: tints.moss, bark: "#8a6a4c", leaves, belly: 0.7 }), taperedPot(pots.charcoal, 84));
}

export function rubberPlant(): Html {
  const leaves = [
    [0.2, -66, 66, 34],
    [0.28, 64, 68, 34],
    [0.46, -58, 70, 36],
    [0.54, 56, 70, 36],
    [0.72, -44, 66, 34],
    [0.8, 44, 64, 34],
    [0.96, -10, 56, 28],
  ] as const;
  return svg(
    tree({ tint: tints.wine, bark: "#6f5547", leaves, belly: 0.5 }),
    `<path d="M121 48Q128 24 132 8Q118 22 121 48Z" fill="#b5483d"/>`,
    roundPot(pots.sage),
  );
}

export function kentiaPalm(): Html {
  const fronds: Curve[] = [
    [soil, point(92, 60), point(36, 98)],
    [soil, point(148, 60), point(204, 98)],
    [soil, point(104, 30), point(58, 42)],
    [soil, point(138, 30), point(184, 44)],
    [soil, point(118, 60), point(124, 22)],
  ];
  return svg(
    ...fronds.map((frond) => stroke(frond, { color: "#56804b", width: 3 }) + pinnateFrond(frond)),
    taperedPot(pots.sage, 96),
  );
}

function pinnateFrond(frond: Curve): string {
  let drawn = "";
  for (let t = 0.42; t <= 1; t += 0.08) {
    const shape = { at: along(frond, t), length: 44 - 16 * t, width: 9, tint: tints.moss };
    const angle = heading(frond, t);
    drawn += leaf({ ...shape, angle: angle - 38 }) + leaf({ ...shape, angle: angle + 38 });
  }
  return drawn;
}
