import type { ErasedPerson } from "../identity/index.ts";

/** Everything a person is known by, sorted out for those who keep something under it. */
export interface KnownAs {
  /** Addresses that nobody else has: what lies under a shared one is somebody else's, too. */
  readonly emails: readonly string[];
  /** All addresses, in every spelling: whatever names them speaks of this person. */
  readonly namedEmails: readonly string[];
  readonly phones: readonly string[];
  /** As keys and as written. */
  readonly namedPhones: readonly string[];
  readonly externalIds: readonly string[];
  readonly deviceIds: readonly string[];
}

export function knownAs({ identifiers, addresses, deviceIds }: ErasedPerson): KnownAs {
  const keys = (kind: string) => identifiers.flatMap((it) => (it.kind === kind ? [it.value] : []));
  const written = (type: string) => addresses.filter((it) => it.type === type);
  const emails = written("email");
  const phones = written("sms");
  const shared = new Set(emails.filter((it) => it.shared).map(({ value }) => value));
  const everyEmail = distinct([...keys("email"), ...emails.map(({ value }) => value)]);
  return {
    emails: everyEmail.filter((email) => !shared.has(email)),
    namedEmails: distinct([...everyEmail, ...emails.map(({ spelling }) => spelling)]),
    phones: distinct([...keys("phone"), ...phones.map(({ value }) => value)]),
    namedPhones: distinct([...keys("phone"), ...phones.flatMap(({ value, spelling }) => [value, spelling])]),
    externalIds: keys("external"),
    deviceIds: distinct([...keys("device"), ...deviceIds]),
  };
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)];
