import type { Html } from "../html.ts";
import { leaf, point, pots, svg, taperedPot, tints } from "./shapes.ts";

export function terracottaPot(): Html {
  const { body, rim, shade } = pots.terracotta;
  return svg(
    `<path d="M66 118L82 240H158L174 118Z" fill="${body}"/>`,
    `<path d="M138 118L128 240H158L174 118Z" fill="${shade}"/>`,
    `<rect x="56" y="92" width="128" height="32" rx="5" fill="${rim}"/>`,
    `<path d="M140 92H179a5 5 0 0 1 5 5v22a5 5 0 0 1 -5 5H138Z" fill="${body}"/>`,
    `<ellipse cx="120" cy="94" rx="58" ry="6" fill="#7c3f29"/>`,
    `<path d="M62 238H178L170 258Q169 262 164 262H76Q71 262 70 258Z" fill="${rim}"/>`,
    `<path d="M132 238H178L170 258Q169 262 164 262H130Z" fill="${body}"/>`,
    `<path d="M76 160q14 6 26 0M80 196q10 5 20 0" stroke="${rim}" stroke-width="3" fill="none" stroke-linecap="round" opacity=".7"/>`,
  );
}

export function glazedPlanter(): Html {
  return svg(
    `<path d="M58 108C56 190 70 246 92 262H148C170 246 184 190 182 108Z" fill="#d9c4a4"/>`,
    `<path d="M59 138q30 12 62 0t60 2C180 196 168 248 148 262H92C72 248 60 196 59 138Z" fill="#3f5a7a"/>`,
    `<path d="M140 134q20 -2 41 6C180 196 168 248 148 262H122C142 230 146 180 140 134Z" fill="#31475f"/>`,
    `<ellipse cx="120" cy="108" rx="62" ry="9" fill="#c3ab86"/><ellipse cx="120" cy="109" rx="55" ry="6.5" fill="#6d5a41"/>`,
    `<path d="M78 160q-2 40 14 74" stroke="#7d98b8" stroke-width="5" fill="none" stroke-linecap="round" opacity=".65"/>`,
  );
}

export function wateringCan(): Html {
  return svg(
    `<path d="M152 150C206 120 222 176 178 214" fill="none" stroke="#a77f35" stroke-width="9" stroke-linecap="round"/>`,
    `<path d="M74 206C40 190 44 130 20 92" fill="none" stroke="#c99d4b" stroke-width="9" stroke-linecap="round"/>`,
    `<path d="M10 96L28 82L33 90L16 104Z" fill="#a77f35"/>`,
    `<path d="M76 140H164L176 250Q177 260 167 260H73Q63 260 64 250Z" fill="#d4aa58"/>`,
    `<path d="M130 140H164L176 250Q177 260 167 260H124Q138 200 130 140Z" fill="#b98f42"/>`,
    `<rect x="70" y="132" width="100" height="12" rx="6" fill="#e3c07a"/>`,
    `<path d="M84 166L80 232" stroke="#efd9a4" stroke-width="5" stroke-linecap="round"/>`,
    `<path d="M16 116q-5 9 0 12q5 -3 0 -12M8 142q-4 8 0 10q4 -2 0 -10M24 148q-4 8 0 10q4 -2 0 -10" fill="#6fa3bd"/>`,
  );
}

export function soilBag(): Html {
  return svg(
    `<path d="M66 92L60 250Q60 262 72 262H168Q180 262 180 250L174 92Z" fill="#c7a77b"/>`,
    `<path d="M142 92L148 262H168Q180 262 180 250L174 92Z" fill="#b08f63"/>`,
    `<path d="M62 70H178L174 100H66Z" fill="#d8bd94"/><path d="M62 84H178" stroke="#a18258" stroke-width="2" stroke-dasharray="5 4"/>`,
    `<rect x="80" y="126" width="80" height="96" rx="6" fill="#f4ecd9"/>`,
    leaf({ at: point(120, 192), angle: -32, length: 46, width: 24, tint: tints.fern }),
    leaf({ at: point(120, 192), angle: 34, length: 42, width: 22, tint: tints.moss }),
    `<path d="M120 190V208" stroke="#466c31" stroke-width="3" stroke-linecap="round"/>`,
    `<path d="M96 212H144" stroke="#8a6a4c" stroke-width="4" stroke-linecap="round"/>`,
  );
}

/** The shop's mark: two leaves on a ledge. */
export function seedling(): Html {
  return svg(
    `<path d="M120 196V130" stroke="#466c31" stroke-width="5" stroke-linecap="round"/>`,
    leaf({ at: point(120, 140), angle: -48, length: 74, width: 42, tint: tints.fern }),
    leaf({ at: point(120, 150), angle: 46, length: 66, width: 38, tint: tints.moss }),
    taperedPot(pots.terracotta, 84),
  );
}
