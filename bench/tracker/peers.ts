import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A tracker as a site would embed it: a view of the page by itself (or by the one call it needs), then an identify. */
export interface Peer {
  readonly name: string;
  /** What a visitor downloads. */
  readonly script: string;
  /** Inline script before it. */
  readonly stub?: string;
  /** Attributes of its tag. */
  readonly attributes?: string;
  /** Inline script that runs once it has been loaded. */
  readonly start?: string;
  /** Says who the visitor is; where a tracker knows nobody, an event that says it. */
  readonly identify: string;
}

const ours = fileURLToPath(new URL("../../dist/", import.meta.url));
const packages = fileURLToPath(new URL("node_modules/", import.meta.url));
/** A file of an installed package, whatever its `exports` show. */
const installed = (name: string, file: string): string => readFileSync(join(packages, name, file), "utf8");

const versionOf = (name: string): string => {
  const { version } = JSON.parse(installed(name, "package.json")) as { version: string };
  return `${name} ${version}`;
};

/** A cookie with an id and a beacon: what it costs to do next to nothing. */
const PIXEL = (collector: string): string =>
  `(()=>{let c=document.cookie.match(/v=([^;]+)/),v=c?c[1]:crypto.randomUUID();document.cookie="v="+v+";path=/;max-age=34128000;samesite=lax";window.pixel=(t,p)=>navigator.sendBeacon("${collector}/pixel",JSON.stringify({t,v,u:location.href,r:document.referrer,p}));pixel("page")})()`;

const WHO = `{ email: "visitor@example.org", firstName: "Vis" }`;

export async function listPeers(collector: string): Promise<readonly Peer[]> {
  const [snippet = ""] = /(?<=<script>).*(?=<\/script>)/.exec(readFileSync(join(ours, "snippet.html"), "utf8")) ?? [];
  return [
    {
      name: "Backstory",
      script: readFileSync(join(ours, "backstory.js"), "utf8"),
      stub: snippet.replaceAll("__SITE__", "shop"),
      attributes: `data-site="shop" data-host="${collector}"`,
      identify: `backstory("identify", { externalId: "42", ...${WHO} })`,
    },
    { name: "floor: cookie and beacon", script: PIXEL(collector), identify: `pixel("identify", ${WHO})` },
    {
      name: versionOf("@plausible-analytics/tracker"),
      script: await asScript(
        `import { init, track } from "${join(packages, "@plausible-analytics/tracker/plausible.js")}";
         window.peer = { init, track }`,
      ),
      start: `peer.init({ domain: "shop.test", endpoint: "${collector}/api/event", captureOnLocalhost: true })`,
      identify: `peer.track("identify", { props: ${WHO} })`,
    },
    {
      name: versionOf("@openpanel/web"),
      script: installed("@openpanel/web", "dist/src/tracker.global.js"),
      stub: `window.op = function () { (op.q = op.q || []).push([].slice.call(arguments)) };
        op("init", { apiUrl: "${collector}", clientId: "shop", trackScreenViews: true })`,
      identify: `op("identify", { profileId: "42", ...${WHO} })`,
    },
    {
      name: versionOf("ahoy.js"),
      script: installed("ahoy.js", "dist/ahoy.min.js"),
      start: `ahoy.configure({ visitsUrl: "${collector}/ahoy/visits", eventsUrl: "${collector}/ahoy/events" });
        ahoy.trackView()`,
      identify: `ahoy.track("identify", ${WHO})`,
    },
    {
      name: versionOf("@snowplow/browser-tracker"),
      script: installed("@snowplow/browser-tracker", "dist/index.umd.min.js"),
      start: `const sp = snowplowBrowserTracking;
        sp.newTracker("sp", "${collector}", { appId: "shop" });
        sp.trackPageView()`,
      identify: `snowplowBrowserTracking.setUserId("42");
        snowplowBrowserTracking.trackStructEvent({ category: "person", action: "identify", label: "visitor@example.org" })`,
    },
    {
      name: versionOf("mixpanel-browser"),
      script: installed("mixpanel-browser", "dist/mixpanel.min.js"),
      stub: `window.mixpanel = Object.assign([], { __SV: 1.2, _i: [["shop", {
          api_host: "${collector}", track_pageview: true, record_sessions_percent: 0 }, "mixpanel"]] })`,
      identify: `mixpanel.identify("42"); mixpanel.people.set(${WHO})`,
    },
    {
      name: versionOf("@amplitude/analytics-browser"),
      script: installed("@amplitude/analytics-browser", "lib/scripts/amplitude-min.js"),
      start: `amplitude.init("shop", {
        serverUrl: "${collector}/2/httpapi", fetchRemoteConfig: false, remoteConfig: { fetchRemoteConfig: false } })`,
      identify: `amplitude.setUserId("42"); amplitude.identify(new amplitude.Identify().set("email", "visitor@example.org"))`,
    },
    {
      name: versionOf("@segment/analytics-next"),
      script: installed("@segment/analytics-next", "dist/umd/standalone.js"),
      stub: `window.analytics = Object.assign([["page"]], {
          initialize: false, invoked: true, _writeKey: "shop", _cdn: "${collector}" })`,
      identify: `analytics.identify("42", ${WHO})`,
    },
    {
      name: versionOf("posthog-js"),
      script: installed("posthog-js", "dist/array.js"),
      stub: `window.posthog = Object.assign([], { __SV: 1, _i: [["shop", { api_host: "${collector}" }, "posthog"]] })`,
      identify: `posthog.identify("42", ${WHO})`,
    },
  ];
}

async function asScript(code: string): Promise<string> {
  const options = { bundle: true, minify: true, format: "iife", target: "es2022", write: false } as const;
  const { outputFiles } = await build({ ...options, stdin: { contents: code, resolveDir: ours } });
  return outputFiles[0]?.text ?? "";
}
