import type { AdminRight } from "../contract/admin/session.ts";
import { path } from "./router.ts";
import { may } from "./session.ts";
import type { PlainKey } from "./text/index.ts";
import type { IconName } from "./ui/icon.tsx";

/** A screen one can go to from anywhere. */
export interface Place {
  readonly to: string;
  readonly title: PlainKey;
  readonly icon: IconName;
  readonly right: AdminRight;
}

const SETTINGS_TO = "/settings";

/** What is set up once, together behind one entry of the rail. */
const SETTINGS: readonly (Place & { readonly lead: PlainKey })[] = [
  { to: "/mail", title: "nav.mail", lead: "mail.lead", icon: "mail", right: "mail.read" },
  { to: "/keys", title: "keys.title", lead: "keys.lead", icon: "keys", right: "keys.read" },
  { to: "/users", title: "users.title", lead: "users.lead", icon: "person", right: "users.read" },
  { to: "/contacts/fields", title: "fields.title", lead: "fields.lead", icon: "list", right: "contacts.read" },
  { to: "/sites/rejected", title: "rejected.title", lead: "rejected.lead", icon: "warning", right: "contacts.read" },
];

/** The rail, in its order. A phone has room for the first four; the rest is behind "More". */
const STOPS: readonly Place[] = [
  { to: "/", title: "nav.overview", icon: "overview", right: "contacts.read" },
  { to: "/contacts", title: "nav.contacts", icon: "contacts", right: "contacts.read" },
  { to: "/segments", title: "nav.segments", icon: "segments", right: "contacts.read" },
  { to: "/imports", title: "nav.imports", icon: "imports", right: "contacts.read" },
  { to: "/exports", title: "nav.exports", icon: "exports", right: "exports.read" },
  { to: "/live", title: "live.title", icon: "live", right: "contacts.read" },
  { to: "/sites", title: "nav.sites", icon: "sites", right: "sites.read" },
  { to: SETTINGS_TO, title: "nav.settings", icon: "settings", right: "contacts.read" },
];

/** What has no entry of its own anywhere, but is looked for by name. */
const BESIDE: readonly Place[] = [
  { to: "/contacts/subscriptions", title: "subscriptions.title", icon: "mail", right: "contacts.read" },
  { to: "/contacts/acts", title: "acts.title", icon: "action", right: "contacts.read" },
  { to: "/contacts/claims", title: "claims.title", icon: "question", right: "contacts.read" },
  { to: "/segments/new", title: "segments.add", icon: "plus", right: "contacts.write" },
  { to: "/imports/new", title: "imports.new", icon: "plus", right: "contacts.write" },
  { to: "/sites/new", title: "sites.add", icon: "plus", right: "sites.write" },
];

const allowed = <Kind extends Place>(places: readonly Kind[]): readonly Kind[] =>
  places.filter(({ right }) => may(right));

export const stops = (): readonly Place[] => allowed(STOPS);
export const settings = () => allowed(SETTINGS);
export const everyPlace = (): readonly Place[] => allowed([...STOPS, ...SETTINGS, ...BESIDE]);

const holds = (to: string) => (to === "/" ? path.value === "/" : `${path.value}/`.startsWith(`${to}/`));

/** `page`: one is there. `true`: one is on a screen below it. */
export function currentness({ to }: Place): "page" | "true" | undefined {
  if (path.value === to) return "page";
  const inSettings = SETTINGS.some((place) => holds(place.to));
  const below = inSettings ? to === SETTINGS_TO : holds(to);
  return below ? "true" : undefined;
}
