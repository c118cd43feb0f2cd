import { Type, type TSchema } from "typebox";

// What several calls are shown with.

export const paging = { startindex: "From which on, counted from 1.", maxrows: "How many, at most 500." };
export const list = (items: TSchema) => Type.Array(items);
export const email = { type: "email", value: "ann@shop.example" };
export const contact = {
  externalCustomerId: "42",
  firstName: "Ann",
  channels: [email],
  fields: [{ id: 7, value: "2001-02-28" }],
};
export const shown = { ...contact, addressBookId: 1, id: 95064156, groups: [{ id: 3, name: "News", type: "Static" }] };
