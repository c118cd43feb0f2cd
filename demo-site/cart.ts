import type { Product } from "./catalogue.ts";
import { findProduct } from "./catalogue.ts";

export const MAX_QUANTITY = 20;

export interface CartLine {
  readonly product: Product;
  readonly quantity: number;
}
export type Cart = readonly CartLine[];

/** The cart travels in a cookie: `monstera:1,aloe-vera:2`. What it does not know, it drops. */
export function parseCart(cookie: string | undefined): Cart {
  const lines = new Map<string, CartLine>();
  for (const part of (cookie ?? "").split(",").slice(0, 50)) {
    const [slug = "", count = ""] = part.split(":");
    const product = findProduct(slug);
    const quantity = Math.min(MAX_QUANTITY, Math.trunc(Number(count)));
    if (product !== undefined && quantity >= 1) lines.set(slug, { product, quantity });
  }
  return [...lines.values()];
}

export function serializeCart(cart: Cart): string {
  return cart.map(({ product, quantity }) => `${product.slug}:${quantity}`).join(",");
}

/** Zero takes the product out. */
export function setQuantity(cart: Cart, line: CartLine): Cart {
  const wanted = Math.min(MAX_QUANTITY, line.quantity);
  if (wanted < 1) return cart.filter(({ product }) => product !== line.product);
  const known = cart.some(({ product }) => product === line.product);
  if (!known) return [...cart, { ...line, quantity: wanted }];
  return cart.map((other) => (other.product === line.product ? { ...other, quantity: wanted } : other));
}

export function addToCart(cart: Cart, line: CartLine): Cart {
  const before = cart.find(({ product }) => product === line.product)?.quantity ?? 0;
  return setQuantity(cart, { ...line, quantity: before + line.quantity });
}

export const countPieces = (cart: Cart): number => cart.reduce((sum, { quantity }) => sum + quantity, 0);
export const goodsTotal = (cart: Cart): number =>
  cart.reduce((sum, { product, quantity }) => sum + product.cents * quantity, 0);

export const FREE_DELIVERY_FROM = 6_000;

export function deliveryFee(cart: Cart): number {
  return goodsTotal(cart) >= FREE_DELIVERY_FROM ? 0 : 590;
}
