import type { Html } from "../html.ts";
import type { Curve, Tint } from "./shapes.ts";
import { along, hangingPot, heading, heart, leaf, point, pots, roundPot, stroke, svg, tints } from "./shapes.ts";

/** A vine with heart-shaped leaves on alternate sides. */
function vine(curve: Curve, look: { leaves: number; size: number; tint: Tint; stem: string }): string {
  let drawn = stroke(curve, { color: look.stem, width: 2.4 });
  for (let index = 0; index < look.leaves; index += 1) {
    const t = 0.12 + (0.88 * index) / (look.leaves - 1);
    const side = index % 2 === 0 ? 1 : -1;
    const size = look.size * (1 - 0.3 * t);
    drawn += heart({
      at: along(curve, t),
      angle: index === look.leaves - 1 ? heading(curve, 1) : heading(curve, t) + side * 62,
      length: size,
      width: size * 0.92,
      tint: look.tint,
    });
  }
  return drawn;
}

export function pothos(): Html {
  const look = { leaves: 7, size: 32, tint: tints.gold, stem: "#6c8d47" };
  return svg(
    vine([point(104, 98), point(40, 90), point(46, 214)], look),
    vine([point(136, 98), point(204, 92), point(192, 190)], look),
    vine([point(116, 96), point(70, 40), point(60, 70)], { ...look, leaves: 4 }),
    vine([point(124, 96), point(176, 44), point(184, 66)], { ...look, leaves: 4 }),
    vine([point(120, 96), point(116, 60), point(122, 44)], { ...look, leaves: 3 }),
    hangingPot(pots.cream),
    vine([point(128, 98), point(146, 96), point(140, 236)], look),
    vine([point(108, 98), point(92, 100), point(96, 190)], look),
  );
}

export function stringOfHearts(): Html {
  const threads: Curve[] = [
    [point(84, 98), point(66, 110), point(70, 218)],
    [point(98, 98), point(86, 130), point(92, 248)],
    [point(112, 98), point(112, 150), point(108, 236)],
    [point(128, 98), point(130, 150), point(132, 255)],
    [point(144, 98), point(152, 130), point(150, 224)],
    [point(156, 98), point(176, 110), point(170, 244)],
  ];
  return svg(
    hangingPot(pots.rose),
    ...threads.map((thread) => vine(thread, { leaves: 9, size: 17, tint: tints.sage, stem: "#8a7672" })),
  );
}

export function philodendron(): Html {
  const look = { leaves: 6, size: 36, tint: tints.deep, stem: "#4b7a52" };
  return svg(
    vine([point(110, 192), point(40, 130), point(26, 236)], look),
    vine([point(130, 192), point(204, 134), point(214, 226)], look),
    vine([point(114, 192), point(84, 110), point(52, 104)], { ...look, leaves: 5 }),
    vine([point(126, 192), point(160, 112), point(190, 108)], { ...look, leaves: 5 }),
    vine([point(120, 192), point(104, 100), point(112, 62)], { ...look, leaves: 6 }),
    vine([point(122, 192), point(142, 120), point(150, 76)], { ...look, leaves: 5 }),
    roundPot(pots.terracotta),
    vine([point(112, 190), point(92, 182), point(88, 250)], { ...look, leaves: 4, size: 30 }),
  );
}

export function spiderPlant(): Html {
  const blade = (tipX: number, tipY: number, bendX: number, bendY: number) => {
    const sliver = (half: number, color: string) =>
      `<path d="M${120 - half} 198Q${bendX - half} ${bendY - half} ${tipX} ${tipY}Q${bendX + half} ${bendY + half} ${120 + half} 198Z" fill="${color}"/>`;
    return sliver(7, "#5f9150") + sliver(2.2, "#e6e6bd");
  };
  const pup = (x: number, y: number) =>
    [-70, -35, 0, 35, 70]
      .map((angle) => leaf({ at: point(x, y), angle: 180 + angle, length: 22, width: 7, tint: tints.moss }))
      .join("");
  return svg(
    stroke([point(126, 190), point(214, 120), point(216, 218)], { color: "#b9b57a", width: 2.4 }),
    stroke([point(114, 190), point(30, 116), point(26, 208)], { color: "#b9b57a", width: 2.4 }),
    pup(216, 218),
    pup(26, 208),
    blade(22, 150, 66, 92),
    blade(218, 152, 174, 92),
    blade(44, 88, 92, 76),
    blade(196, 90, 148, 76),
    blade(74, 52, 110, 80),
    blade(168, 50, 130, 80),
    blade(122, 40, 116, 100),
    blade(60, 190, 90, 120),
    blade(182, 190, 150, 120),
    roundPot(pots.dusk),
  );
}
