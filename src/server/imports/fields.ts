/** An additional field as a column can hold it. */
export interface ImportField {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  /** Undefined: not a value of this field. */
  readonly read: (text: string) => string | number | boolean | undefined;
}
