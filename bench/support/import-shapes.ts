export interface Shape {
  readonly header: string;
  /** The unique field. */
  readonly key: string;
  readonly line: (n: number, rows: number) => string;
}

const EVERY_FIELD = "external id,email,first name,last name,town";

/** Files of contacts, to be imported one after the other. */
export const SHAPES = {
  "all new": {
    header: EVERY_FIELD,
    key: "externalCustomerId",
    line: (n) => `customer-${n},customer-${n}@shop.example,Name ${n},Surname ${n % 5_000},Town ${n % 300}`,
  },
  "half updates by external id, half new": {
    header: EVERY_FIELD,
    key: "externalCustomerId",
    line: (n, rows) => {
      const who = n % 2 === 0 ? n : rows + n;
      return `customer-${who},customer-${who}@shop.example,Renamed ${n},Surname ${n % 5_000},Town ${n % 300}`;
    },
  },
  "(the people of the next shape, known by email only)": {
    header: "email,first name",
    key: "email",
    line: (n) => `reader-${n}@news.example,Reader ${n}`,
  },
  "by email, adding external ids": {
    header: "email,external id",
    key: "email",
    line: (n) => `reader-${n}@news.example,reader-${n}`,
  },
} as const satisfies Readonly<Record<string, Shape>>;

export type ShapeName = keyof typeof SHAPES;
