import { findProduct } from "./catalogue.ts";
import type { CustomerBook } from "./customers.ts";

/** A call of the tracker that the next page makes: the command and its arguments. */
export type TrackerCall = readonly unknown[];

/** Something happened in a form's POST; the page that follows tells the tracker once. Kept in a short-lived cookie. */
export type Note = `added:${string}:${number}` | `ordered:${string}` | "loggedOut";

/** The cookie is only a hint: everything that goes into a call is looked up here. */
export function planTrackerCall(note: string | undefined, book: CustomerBook): TrackerCall | undefined {
  const [word, name = "", count = "1"] = (note ?? "").split(":");
  if (word === "loggedOut") return ["reset"];
  if (word === "added") {
    const product = findProduct(name);
    if (product === undefined) return undefined;
    const { slug, category, cents } = product;
    const quantity = Math.max(1, Math.trunc(Number(count)) || 1);
    return [
      "track",
      "Added to cart",
      { product: slug, name: product.name, category, price: cents / 100, currency: "EUR", quantity },
    ];
  }
  if (word === "ordered") {
    const order = book.findOrder(name);
    if (order === undefined) return undefined;
    const { number, pieces, cents } = order;
    return ["track", "Order placed", { order: number, pieces, total: cents / 100, currency: "EUR" }];
  }
  return undefined;
}
