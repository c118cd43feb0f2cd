import type { FastifyInstance, FastifyRequest } from "fastify";
import { addToCart, countPieces, deliveryFee, goodsTotal, MAX_QUANTITY, setQuantity } from "./cart.ts";
import { findProduct } from "./catalogue.ts";
import type { Errors, Values } from "./fields.ts";
import { isEmail, readFields } from "./fields.ts";
import { cartPage, checkoutPage, orderPage } from "./pages/cart.ts";
import type { Shop } from "./shop.ts";
import { findCustomer, keepCart, leaveNote, readCart, sendPage } from "./shop.ts";

function readQuantity(text: string | undefined): number {
  const quantity = Math.trunc(Number(text));
  return quantity >= 0 ? Math.min(MAX_QUANTITY, quantity) : 1;
}

function cartChangeRoutes(app: FastifyInstance): void {
  app.post("/cart", (request, reply) => {
    const values = readFields(request.body, ["product", "quantity"]);
    const product = findProduct(values["product"] ?? "");
    const quantity = Math.max(1, readQuantity(values["quantity"]));
    if (product === undefined) return reply.callNotFound();
    keepCart(reply, addToCart(readCart(request), { product, quantity }));
    leaveNote(reply, `added:${product.slug}:${quantity}`);
    return reply.redirect("/cart", 303);
  });

  app.post("/cart/quantity", (request, reply) => {
    const values = readFields(request.body, ["product", "quantity", "remove"]);
    const product = findProduct(values["product"] ?? "");
    const quantity = values["remove"] === "yes" ? 0 : readQuantity(values["quantity"]);
    if (product !== undefined) keepCart(reply, setQuantity(readCart(request), { product, quantity }));
    return reply.redirect("/cart", 303);
  });
}

function checkAddress(values: Values): Errors {
  return {
    ...(values["name"] === "" && { name: "Who is it for?" }),
    ...(!isEmail(values["email"] ?? "") && { email: "That does not look like an email address." }),
    ...(values["address"] === "" && { address: "The street is missing." }),
    ...(values["postcode"] === "" && { postcode: "The postcode is missing." }),
    ...(values["town"] === "" && { town: "The town is missing." }),
  };
}

function checkoutRoutes(app: FastifyInstance, shop: Shop): void {
  const known = (request: FastifyRequest): Values => {
    const customer = findCustomer(shop, request);
    return customer === undefined ? {} : { name: `${customer.firstName} ${customer.lastName}`, email: customer.email };
  };

  app.get("/checkout", (request, reply) => {
    const cart = readCart(request);
    if (cart.length === 0) return reply.redirect("/cart", 303);
    return sendPage(shop, request, reply)(checkoutPage(cart, { values: known(request), errors: {} }));
  });

  app.post("/checkout", async (request, reply) => {
    const cart = readCart(request);
    if (cart.length === 0) return reply.redirect("/cart", 303);
    const values = readFields(request.body, ["name", "email", "address", "postcode", "town"]);
    const errors = checkAddress(values);
    if (Object.keys(errors).length > 0) {
      return sendPage(shop, request, reply.code(422))(checkoutPage(cart, { values, errors }));
    }
    const order = await shop.book.placeOrder({
      customerId: findCustomer(shop, request)?.id,
      cents: goodsTotal(cart) + deliveryFee(cart),
      pieces: countPieces(cart),
      placedAt: Date.now(),
    });
    keepCart(reply, []);
    leaveNote(reply, `ordered:${order.number}`);
    return reply.redirect(`/orders/${order.number}`, 303);
  });

  app.get<{ Params: { number: string } }>("/orders/:number", (request, reply) => {
    const order = shop.book.findOrder(request.params.number);
    if (order === undefined) return reply.callNotFound();
    return sendPage(shop, request, reply)(orderPage(order));
  });
}

export function cartRoutes(app: FastifyInstance, shop: Shop): void {
  app.get("/cart", (request, reply) => sendPage(shop, request, reply)(cartPage(readCart(request))));
  cartChangeRoutes(app);
  checkoutRoutes(app, shop);
}
