import type { Html } from "../html.ts";
import type { Curve } from "./shapes.ts";
import { leaf, point, pots, round, roundPot, stroke, svg, taperedPot, tints } from "./shapes.ts";

export function aloe(): Html {
  const leaves: readonly (readonly [number, number])[] = [
    [-74, 92],
    [74, 92],
    [-50, 116],
    [52, 114],
    [-26, 136],
    [28, 134],
    [2, 146],
    [-38, 82],
    [40, 82],
    [-10, 100],
    [14, 92],
  ];
  const fat = leaves.map(([angle, length]) => {
    const at = point(120 + angle * 0.28, 200);
    const spots = [0.3, 0.45, 0.6]
      .map((t, index) => `<circle cx="${index % 2 ? 3 : -3}" cy="${round(-length * t)}" r="1.6" fill="#d3e3cf"/>`)
      .join("");
    return (
      leaf({ at, angle, length, width: 26, tint: { ...tints.sage, vein: "none" }, belly: 0.2 }) +
      `<g transform="translate(${round(at.x)} ${at.y}) rotate(${angle})">${spots}</g>`
    );
  });
  return svg(...fat, taperedPot(pots.terracotta, 88));
}

export function jadePlant(): Html {
  const branches: Curve[] = [
    [point(120, 196), point(112, 150), point(70, 124)],
    [point(120, 196), point(128, 150), point(172, 120)],
    [point(118, 190), point(112, 130), point(94, 84)],
    [point(122, 190), point(130, 130), point(148, 82)],
    [point(120, 190), point(118, 120), point(122, 66)],
  ];
  const cluster = (x: number, y: number) =>
    [-84, 84, -46, 46, -14, 18]
      .map((angle) => leaf({ at: point(x, y + 8), angle, length: 32, width: 22, tint: tints.moss, belly: 0.6 }))
      .join("");
  return svg(
    ...branches.map((branch, index) => stroke(branch, { color: "#8d7257", width: index < 2 ? 8 : 9 })),
    ...branches.map((branch) => cluster(branch[2].x, branch[2].y)),
    cluster(96, 124),
    cluster(146, 126),
    taperedPot(pots.dusk, 104),
  );
}

export function echeveria(): Html {
  const ring = (count: number, length: number, turn: number) =>
    Array.from({ length: count }, (_, index) =>
      leaf({
        at: point(120, 142),
        angle: turn + (360 / count) * index,
        length,
        width: length * 0.62,
        tint: { ...tints.pearl, vein: "none" },
        belly: 0.66,
      }),
    ).join("");
  return svg(
    roundPot(pots.charcoal, 112),
    `<g transform="translate(0 22) scale(1 .86)">${ring(9, 74, 0)}${ring(8, 56, 20)}${ring(7, 40, 5)}${ring(5, 25, 30)}</g>`,
  );
}

export function barrelCactus(): Html {
  const ribs = [-58, -40, -20, 0, 20, 40, 58]
    .map(
      (x) => `<path d="M120 70Q${120 + x * 1.5} 130 ${120 + x} 196" fill="none" stroke="#3d6b4a" stroke-width="2.4"/>`,
    )
    .join("");
  const spines = [-66, -48, -30, -10, 10, 30, 48, 66]
    .flatMap((x) =>
      [0.2, 0.38, 0.56, 0.74, 0.9].map((t) => {
        const u = 1 - t;
        const px = 120 + 2 * u * t * x * 1.35 + t * t * x;
        const py = u * u * 72 + 2 * u * t * 130 + t * t * 194;
        return `<path d="M${round(px)} ${round(py)}l-6 -4m6 4l6 -4m-6 4v-7" stroke="#e8cf6b" stroke-width="1.7" stroke-linecap="round"/>`;
      }),
    )
    .join("");
  return svg(
    `<path d="M120 68C172 68 196 104 194 142C192 172 178 190 164 198H76C62 190 48 172 46 142C44 104 68 68 120 68Z" fill="#578b5c"/>`,
    `<path d="M120 68C172 68 196 104 194 142C192 172 178 190 164 198H136C160 160 158 100 120 68Z" fill="#487850"/>`,
    ribs,
    spines,
    `<ellipse cx="120" cy="71" rx="15" ry="5" fill="#f0dc8d"/>`,
    roundPot(pots.rose, 112),
  );
}
