import { Type, type Static } from "typebox";
import { Count, Id, OrNull, Text, Time } from "./pieces.ts";

export const IdentifyMode = Type.Enum(["new-contacts", "signed", "open"]);
export type IdentifyMode = Static<typeof IdentifyMode>;
export const MobileIdentifyMode = Type.Enum(["open", "signed"]);
export type MobileIdentifyMode = Static<typeof MobileIdentifyMode>;

export const Site = Type.Object({
  id: Id,
  key: Text,
  name: Text,
  url: OrNull(Text),
  allowedOrigins: Type.Array(Text),
  identify: IdentifyMode,
  mobileIdentify: MobileIdentifyMode,
  createdAt: Time,
  /** `null`: nothing has arrived yet. */
  firstEventAt: OrNull(Time),
});
export type Site = Static<typeof Site>;
export const SiteList = Type.Object({ sites: Type.Array(Site) });
export type SiteList = Static<typeof SiteList>;

const siteFields = {
  name: Type.String({ minLength: 1, maxLength: 100, pattern: "\\S" }),
  url: OrNull(Type.String({ maxLength: 2000 })),
  allowedOrigins: Type.Array(Type.String({ minLength: 1, maxLength: 300 }), { maxItems: 50 }),
  identify: IdentifyMode,
  mobileIdentify: MobileIdentifyMode,
};
export const NewSite = Type.Object({
  name: siteFields.name,
  url: Type.Optional(siteFields.url),
  allowedOrigins: Type.Optional(siteFields.allowedOrigins),
  identify: Type.Optional(siteFields.identify),
  mobileIdentify: Type.Optional(siteFields.mobileIdentify),
});
export type NewSite = Static<typeof NewSite>;
/** Absent: leave alone. */
export const SiteChange = Type.Object({
  name: Type.Optional(siteFields.name),
  url: Type.Optional(siteFields.url),
  allowedOrigins: Type.Optional(siteFields.allowedOrigins),
  identify: Type.Optional(siteFields.identify),
  mobileIdentify: Type.Optional(siteFields.mobileIdentify),
});
export type SiteChange = Static<typeof SiteChange>;

/** Why nothing arrives, by what the server saw. */
const seen = { origin: Text, times: Count, lastAt: Time };
export const SilenceCause = Type.Union([
  /** The script was fetched, and nothing sent. Or: a page used the site's key and may not. `origin` empty: not told. */
  Type.Object({ kind: Type.Enum(["onlyScript", "blockedOrigin"]), ...seen }),
  /** A page used a key that no site has. */
  Type.Object({ kind: Type.Literal("wrongKey"), siteKey: Text, ...seen }),
  /** A request could not be taken; `code` says why. */
  Type.Object({ kind: Type.Literal("refused"), code: Text, ...seen }),
  /** Messages came in, and none could be taken. */
  Type.Object({ kind: Type.Literal("rejected"), code: Text, times: Count, lastAt: Time }),
  /** Not even the script was fetched. */
  Type.Object({ kind: Type.Literal("nothing") }),
]);
export type SilenceCause = Static<typeof SilenceCause>;
/** Most telling first. */
export const Silence = Type.Object({ causes: Type.Array(SilenceCause) });
export type Silence = Static<typeof Silence>;
