import type { Html } from "../html.ts";
import { html } from "../html.ts";
import type { PictureName } from "./pictures.ts";
import { pictureIn } from "./pictures.ts";
import { svg } from "./shapes.ts";

export interface Board {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly kind: "shelf" | "table" | "sideboard";
}

/** A room of 640 × 400; the floor begins at y = 330. */
export interface Scene {
  readonly label: string;
  readonly wall: string;
  readonly floor: string;
  readonly window?: { readonly x: number; readonly sky: string };
  readonly boards: readonly Board[];
  readonly plants: readonly {
    readonly name: PictureName;
    readonly x: number;
    readonly foot: number;
    readonly height: number;
  }[];
}

function windowAt({ x, sky }: { readonly x: number; readonly sky: string }): string {
  return (
    `<rect x="${x - 8}" y="22" width="196" height="216" rx="4" fill="#f4efe3"/>` +
    `<rect x="${x}" y="30" width="180" height="200" fill="${sky}"/>` +
    `<path d="M${x} 200q40 -46 84 -16t96 -20v66H${x}Z" fill="#8fae87" opacity=".7"/>` +
    `<circle cx="${x + 132}" cy="76" r="22" fill="#f6e3a6"/>` +
    `<path d="M${x + 90} 30V230M${x} 122H${x + 180}" stroke="#f4efe3" stroke-width="8"/>` +
    `<rect x="${x - 20}" y="232" width="220" height="14" rx="3" fill="#e7dfcd"/>`
  );
}

function board({ x, y, width, kind }: Board): string {
  const top = `<rect x="${x}" y="${y}" width="${width}" height="12" rx="3" fill="#a87b51"/>`;
  switch (kind) {
    case "shelf":
      return (
        `<path d="M${x + 22} ${y + 12}v22l14 -22M${x + width - 22} ${y + 12}v22l-14 -22" stroke="#7d5a3a" stroke-width="4" fill="none"/>` +
        top
      );
    case "table":
      return `<path d="M${x + 16} ${y + 12}L${x + 6} 372M${x + width - 16} ${y + 12}L${x + width - 6} 372" stroke="#7d5a3a" stroke-width="8" stroke-linecap="round"/>${top}`;
    case "sideboard":
      return (
        `<rect x="${x + 8}" y="${y + 8}" width="${width - 16}" height="${356 - y}" rx="4" fill="#8d6642"/>` +
        `<path d="M${x + width / 2} ${y + 16}V358" stroke="#7d5a3a" stroke-width="3"/>` +
        `<circle cx="${x + width / 2 - 12}" cy="${(y + 364) / 2}" r="4" fill="#d8bd94"/><circle cx="${x + width / 2 + 12}" cy="${(y + 364) / 2}" r="4" fill="#d8bd94"/>` +
        `<path d="M${x + 26} 362v14M${x + width - 26} 362v14" stroke="#7d5a3a" stroke-width="7" stroke-linecap="round"/>` +
        top
      );
  }
}

export function scenePicture(scene: Scene): Html {
  return html`<svg class="picture" viewBox="0 0 640 400" role="img" aria-label="${scene.label}">
    ${svg(
      `<rect width="640" height="400" fill="${scene.wall}"/>`,
      `<rect y="330" width="640" height="70" fill="${scene.floor}"/>`,
      `<rect y="322" width="640" height="8" fill="#f4efe3" opacity=".7"/>`,
      scene.window === undefined ? "" : windowAt(scene.window),
      ...scene.boards.map(board),
    )}
    ${scene.plants.map(pictureIn)}
  </svg>`;
}
