import type { Instant, SiteId, SiteKey } from "../../contract/identifiers.ts";

/** What a site believes of an unsigned browser. */
export type IdentifyMode = "new-contacts" | "signed" | "open";
/** What a site believes of its app: the app's word for who somebody is, or an identity token only. */
export type MobileIdentifyMode = "open" | "signed";

/** One web property or app. */
export interface Site {
  readonly siteId: SiteId;
  readonly siteKey: SiteKey;
  readonly name: string;
  readonly url: string | null;
  /** Empty: any origin. */
  readonly allowedOrigins: readonly string[];
  readonly identify: IdentifyMode;
  readonly mobileIdentify: MobileIdentifyMode;
  readonly createdAt: Instant;
  readonly firstEventAt: Instant | null;
}

export interface NewSite {
  readonly name: string;
  readonly url?: string | null | undefined;
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly identify?: IdentifyMode | undefined;
  readonly mobileIdentify?: MobileIdentifyMode | undefined;
  /** Absent: a random one. */
  readonly siteKey?: SiteKey;
}

/** Absent: leave alone. */
export type SiteChange = Partial<Omit<NewSite, "siteKey">>;
