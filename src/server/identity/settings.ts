/** What an operator may set about matching; every number is a limit beyond which nothing is lost, only not tied. */
export interface IdentitySettings {
  /** ISO 3166 country that phone numbers without a country code belong to, e.g. `UA`. */
  readonly defaultCountry: string | undefined;
  /** Refuse addresses such as `test@test.com` and `*@example.com` as identifiers. */
  readonly blockTestAddresses: boolean;
  /** An email that another person's contact holds: keep both apart, or refuse the request. */
  readonly onConflict: "separate" | "reject";
  readonly maxBindingsPerContact: number;
  readonly maxMergesPerContact: number;
  /** Different identified contacts on one visitor within a day; beyond, the visitor counts as shared. */
  readonly personsPerVisitorPerDay: number;
  readonly claimsPerVisitorPerHour: number;
  readonly claimsPerAddressPerHour: number;
  /** Different emails that one external id may have had within a day; beyond, the id is blocked. */
  readonly emailsPerExternalIdPerDay: number;
  /** Milliseconds until an unproven claim is dropped. */
  readonly claimLife: number;
}

const DAY = 24 * 60 * 60 * 1000;

export const DEFAULT_IDENTITY_SETTINGS: IdentitySettings = {
  defaultCountry: undefined,
  blockTestAddresses: false,
  onConflict: "separate",
  maxBindingsPerContact: 1_000,
  maxMergesPerContact: 100,
  personsPerVisitorPerDay: 5,
  claimsPerVisitorPerHour: 10,
  claimsPerAddressPerHour: 5,
  emailsPerExternalIdPerDay: 100,
  claimLife: 7 * DAY,
};
