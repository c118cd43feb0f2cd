import { Html } from "../html.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A quadratic curve: from, bend, to. */
export type Curve = readonly [Point, Point, Point];

/** Fill, lighter half, and vein of a leaf. */
export interface Tint {
  readonly dark: string;
  readonly light: string;
  readonly vein: string;
}

export const tints = {
  fern: { dark: "#3f7d55", light: "#5c9a6c", vein: "#2f6344" },
  moss: { dark: "#5d8a43", light: "#80a85c", vein: "#466c31" },
  deep: { dark: "#2c6150", light: "#437e69", vein: "#1f4a3c" },
  sage: { dark: "#7fa58b", light: "#a3c2a8", vein: "#5f8770" },
  gold: { dark: "#6f9c45", light: "#c3cd6c", vein: "#577d33" },
  wine: { dark: "#53323c", light: "#774a50", vein: "#3b222a" },
  pearl: { dark: "#93aaa5", light: "#b9c9c2", vein: "#c08d97" },
} satisfies Record<string, Tint>;

export const point = (x: number, y: number): Point => ({ x, y });
export const round = (value: number): string => String(Math.round(value * 10) / 10);
export const svg = (...parts: readonly string[]): Html => new Html(parts.join(""));

export function along([from, bend, to]: Curve, t: number): Point {
  const u = 1 - t;
  return point(u * u * from.x + 2 * u * t * bend.x + t * t * to.x, u * u * from.y + 2 * u * t * bend.y + t * t * to.y);
}

/** Direction of the curve in degrees, where 0 points up, as leaves do. */
export function heading(curve: Curve, t: number): number {
  const a = along(curve, Math.max(0, t - 0.01));
  const b = along(curve, Math.min(1, t + 0.01));
  return (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI + 90;
}

export function stroke(curve: Curve, look: { readonly color: string; readonly width: number }): string {
  const [from, bend, to] = curve.map(({ x, y }) => `${round(x)} ${round(y)}`);
  return `<path d="M${from}Q${bend} ${to}" fill="none" stroke="${look.color}" stroke-width="${look.width}" stroke-linecap="round"/>`;
}

export interface LeafLook {
  readonly at: Point;
  readonly angle: number;
  readonly length: number;
  readonly width: number;
  readonly tint: Tint;
  /** Where the widest part lies: 0 at the base, 1 at the tip. */
  readonly belly?: number;
}

function place(at: Point, angle: number, content: string): string {
  return `<g transform="translate(${round(at.x)} ${round(at.y)}) rotate(${round(angle)})">${content}</g>`;
}

/** A pointed leaf that grows from `at` in the direction `angle`. */
export function leaf({ at, angle, length, width, tint, belly = 0.45 }: LeafLook): string {
  const half = width * 0.66;
  const low = -length * belly * 0.6;
  const high = -length * (belly + (1 - belly) * 0.55);
  const side = (sign: number) =>
    `C${round(sign * half)} ${round(low)} ${round(sign * half)} ${round(high)} 0 ${round(-length)}`;
  const back = `C${round(-half)} ${round(high)} ${round(-half)} ${round(low)} 0 0`;
  return place(
    at,
    angle,
    `<path d="M0 0${side(1)}${back}Z" fill="${tint.dark}"/>` +
      `<path d="M0 0${side(-1)}L0 0Z" fill="${tint.light}"/>` +
      `<path d="M0 0V${round(-length * 0.92)}" stroke="${tint.vein}" stroke-width="1.2" fill="none"/>`,
  );
}

/** A heart-shaped leaf whose stalk ends at `at`. */
export function heart({ at, angle, length, width, tint }: LeafLook): string {
  const w = width / 2;
  const l = length;
  const half = (sign: number) =>
    `C${round(sign * w * 0.5)} ${round(l * 0.3)} ${round(sign * w * 1.5)} ${round(l * 0.1)} ${round(sign * w)} ${round(-l * 0.3)}` +
    `C${round(sign * w * 0.8)} ${round(-l * 0.6)} ${round(sign * w * 0.25)} ${round(-l * 0.75)} 0 ${round(-l)}`;
  return place(
    at,
    angle,
    `<path d="M0 0${half(1)}Z" fill="${tint.dark}"/><path d="M0 0${half(-1)}Z" fill="${tint.light}"/>` +
      `<path d="M0 0V${round(-l * 0.85)}" stroke="${tint.vein}" stroke-width="1.2" fill="none"/>`,
  );
}

/** The split leaf of a monstera: a heart with bays cut in between its ribs. */
export function splitLeaf({ at, angle, length, width, tint }: LeafLook): string {
  const outline = [0.05, 0.62, 0.92, 1, 0.96, 0.82, 0.58, 0.3, 0];
  const height = [0.02, 0.16, 0.05, -0.14, -0.36, -0.56, -0.74, -0.9, -1];
  const half = (sign: number) => {
    const at = (index: number, inward = 1) =>
      `${round((sign * (outline[index] ?? 0) * inward * width) / 2)} ${round((height[index] ?? 0) * length)}`;
    let path = `M0 0Q${at(1)} ${at(2)}`;
    for (let rib = 3; rib <= 7; rib += 1) {
      const bay = `${round((sign * (outline[rib] ?? 0) * width * 0.2) / 1)} ${round(((height[rib] ?? 0) + 0.04) * length)}`;
      path += `L${at(rib, 0.98)}Q${bay} ${bay}Q${bay} ${round((sign * (outline[rib] ?? 0) * 0.96 * width) / 2)} ${round(((height[rib] ?? 0) - 0.055) * length)}`;
    }
    return `${path}L0 ${round(-length)}Z`;
  };
  const hole = (sign: number, y: number) =>
    `<ellipse cx="${round(sign * width * 0.07)}" cy="${round(y * length)}" rx="2.6" ry="1.6" fill="${tint.vein}"/>`;
  return place(
    at,
    angle,
    `<path d="${half(1)}" fill="${tint.dark}"/><path d="${half(-1)}" fill="${tint.light}"/>` +
      `<path d="M0 0V${round(-length * 0.94)}" stroke="${tint.vein}" stroke-width="1.6"/>` +
      hole(1, -0.42) +
      hole(-1, -0.3) +
      hole(-1, -0.56),
  );
}

export interface PotLook {
  readonly body: string;
  readonly rim: string;
  readonly shade: string;
}

export const pots = {
  terracotta: { body: "#c4704b", rim: "#d2845d", shade: "#a9583a" },
  dusk: { body: "#3f5a7a", rim: "#4f6c8d", shade: "#31475f" },
  cream: { body: "#e5dac2", rim: "#f0e8d5", shade: "#cdbf9f" },
  charcoal: { body: "#4b4f4d", rim: "#5d6260", shade: "#3a3e3c" },
  rose: { body: "#cf9c8f", rim: "#dcb0a4", shade: "#b58276" },
  sage: { body: "#8fa28c", rim: "#a3b49f", shade: "#76897a" },
} satisfies Record<string, PotLook>;

/** A pot that stands on y = 262; its soil is at y = 196. */
export function taperedPot(look: PotLook, width = 96): string {
  const w = width / 2;
  const foot = w * 0.7;
  return (
    `<path d="M${120 - w} 200L${120 - foot} 258Q${120 - foot} 262 ${120 - foot + 4} 262H${120 + foot - 4}Q${120 + foot} 262 ${120 + foot} 258L${120 + w} 200Z" fill="${look.body}"/>` +
    `<path d="M${120 + w * 0.3} 200L${120 + foot * 0.3} 262H${120 + foot - 4}Q${120 + foot} 262 ${120 + foot} 258L${120 + w} 200Z" fill="${look.shade}"/>` +
    `<rect x="${120 - w - 5}" y="188" width="${width + 10}" height="18" rx="4" fill="${look.rim}"/>` +
    `<path d="M${120 + w * 0.3} 188H${120 + w + 1}a4 4 0 0 1 4 4v10a4 4 0 0 1 -4 4H${120 + w * 0.3}Z" fill="${look.body}"/>`
  );
}

export function roundPot(look: PotLook, width = 104): string {
  const w = width / 2;
  return (
    `<path d="M${120 - w * 0.82} 190C${120 - w * 1.12} 215 ${120 - w} 248 ${120 - w * 0.56} 262H${120 + w * 0.56}C${120 + w} 248 ${120 + w * 1.12} 215 ${120 + w * 0.82} 190Z" fill="${look.body}"/>` +
    `<path d="M${120 + w * 0.3} 190C${120 + w * 0.5} 215 ${120 + w * 0.44} 248 ${120 + w * 0.2} 262H${120 + w * 0.56}C${120 + w} 248 ${120 + w * 1.12} 215 ${120 + w * 0.82} 190Z" fill="${look.shade}"/>` +
    `<rect x="${120 - w * 0.86}" y="185" width="${w * 1.72}" height="9" rx="4.5" fill="${look.rim}"/>`
  );
}

/** A pot that hangs from two cords; its soil is at y = 104, and the plant trails below. */
export function hangingPot(look: PotLook): string {
  return (
    `<path d="M120 4L84 100M120 4L156 100" stroke="#a58f6d" stroke-width="2" fill="none"/>` +
    `<circle cx="120" cy="5" r="4" fill="none" stroke="#a58f6d" stroke-width="2"/>` +
    `<path d="M78 98C74 130 92 150 120 150S166 130 162 98Z" fill="${look.body}"/>` +
    `<path d="M134 98C138 128 132 146 124 150C150 148 166 128 162 98Z" fill="${look.shade}"/>` +
    `<rect x="74" y="92" width="92" height="10" rx="5" fill="${look.rim}"/>`
  );
}
