import { Type, type Static } from "typebox";

const TextOrNumber = Type.Union([Type.String({ maxLength: 1000 }), Type.Number()]);

/** One order of `POST /orders`, as far as it is looked at; the rest is kept as it comes. */
export const OrderInput = Type.Object({
  externalOrderId: TextOrNumber,
  externalCustomerId: Type.Optional(TextOrNumber),
  totalCost: TextOrNumber,
  status: Type.String({ maxLength: 100 }),
  date: Type.String({ maxLength: 40 }),
  currency: Type.String({ maxLength: 10 }),
  email: Type.Optional(Type.String({ maxLength: 320 })),
  phone: Type.Optional(TextOrNumber),
  items: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 1_000 })),
});
export type OrderInput = Static<typeof OrderInput>;
