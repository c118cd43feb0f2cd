import type { FieldType } from "../../contract/fields.ts";

export interface DateManner {
  /** Which comes first in dates with slashes. */
  readonly slashedDates?: "dayFirst" | "monthFirst" | null | undefined;
}

/** An additional field as a column can hold it. */
export interface ImportField {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  readonly type: FieldType;
  /** Undefined: not a value of this field. */
  readonly read: (text: string, manner: DateManner) => string | number | boolean | undefined;
}
