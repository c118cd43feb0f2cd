import type { FieldType } from "../../../contract/fields.ts";
import { known, t } from "../../text/index.ts";

/** What a column can hold, in the order of the choice. */
export const TARGETS = [
  "externalCustomerId",
  "email",
  "phone",
  "firstName",
  "lastName",
  "town",
  "region",
  "address",
  "postcode",
  "countryCode",
  "languageCode",
  "timeZone",
  "contactKey",
  "id",
] as const;

export interface NamedField {
  readonly id: number;
  readonly name: string;
  readonly type: FieldType;
}

export function nameOfTarget(target: string, fields: readonly NamedField[] = []): string {
  const field = fields.find(({ id }) => target === `field:${id}`);
  if (field !== undefined) return field.name;
  const key = known(`imports.target.${target}`);
  return key === undefined ? target : t(key);
}
