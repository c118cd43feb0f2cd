/** How many pages a chain has before the last. */
export const CHAIN = 9;

/** Looks at whether the successor has run: a busy browser may decline to render ahead, and then it is opened all the same. */
const LOOKS = 60;

/**
 * The page `/ahead/<name>/<number>`: calls as soon as it runs, be it ahead of its time; has its successor and a page that
 * nobody will open rendered ahead; opens the successor when that has run. No driver: pages rendered ahead under a
 * debugger are not run.
 */
export function aheadPage(path: string): string {
  const [, , name = "", place = ""] = path.split("/");
  const never = place === "never";
  const calls = `
    backstory("track", "Something done", { call: ${JSON.stringify(`${name}/${place}`)} });
    fetch("/ahead/ran/${name}/${place}" + (document.prerendering ? "" : "?late"));
  `;
  if (never || Number(place) >= CHAIN) return `<script>${calls}</script>`;
  const next = `${name}/${Number(place) + 1}`;
  const rules = {
    prerender: [{ source: "list", urls: [`/ahead/${next}`, `/ahead/${name}/never`], eagerness: "immediate" }],
  };
  return `
    <script type="speculationrules">${JSON.stringify(rules)}</script>
    <a href="/ahead/${next}">Next</a>
    <script>
      ${calls}
      const open = async () => {
        const ran = async () => (await fetch("/ran/${next}")).json();
        for (let look = 0; look < ${LOOKS} && !(await ran().catch(() => false)); look += 1)
          await new Promise((resolve) => setTimeout(resolve, 50));
        document.querySelector("a").click();
      };
      if (document.prerendering) document.addEventListener("prerenderingchange", open);
      else open();
    </script>`;
}
