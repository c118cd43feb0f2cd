// The order matters: most browsers also call themselves by the names of those below them.
const BROWSERS: readonly (readonly [name: string, version: RegExp])[] = [
  ["Edge", /\bEdg(?:A|iOS)?\/(\d{1,4})/],
  ["Opera", /\bOPR\/(\d{1,4})/],
  ["Samsung Internet", /\bSamsungBrowser\/(\d{1,4})/],
  ["Firefox", /\b(?:Firefox|FxiOS)\/(\d{1,4})/],
  ["Chrome", /\b(?:Chrome|CriOS|HeadlessChrome)\/(\d{1,4})/],
  ["Safari", /\bVersion\/(\d{1,4})[\d.]* (?:Mobile\/\w{1,20} )?Safari\//],
];
const SYSTEMS: readonly (readonly [name: string, sign: RegExp])[] = [
  ["Windows", /\bWindows\b/],
  ["Android", /\bAndroid\b/],
  ["iOS", /\b(?:iPhone|iPad|iPod)\b/],
  ["macOS", /\bMacintosh\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
];

const reduced = new Map<string, string | undefined>();
const REMEMBERED = 1_000;

/** `User-Agent` cut down to what may be kept: browser with its main version, and system, e.g. `Firefox 140, Linux`. */
export function reduceUserAgent(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.slice(0, 400);
  if (!reduced.has(text)) {
    if (reduced.size >= REMEMBERED) reduced.clear();
    reduced.set(text, readUserAgent(text));
  }
  return reduced.get(text);
}

function readUserAgent(text: string): string | undefined {
  const system = SYSTEMS.find(([, sign]) => sign.test(text))?.[0];
  for (const [name, version] of BROWSERS) {
    const main = version.exec(text)?.[1];
    if (main !== undefined) return [`${name} ${main}`, system].filter((part) => part !== undefined).join(", ");
  }
  return system;
}
