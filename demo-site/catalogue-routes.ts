import type { FastifyInstance } from "fastify";
import { findCategory, findProduct } from "./catalogue.ts";
import { categoryPage, homePage, productPage, shopPage } from "./pages/catalogue.ts";
import { lookbookPage, roomPage } from "./pages/lookbook.ts";
import { newsletterPage, newsletterWithoutScriptPage } from "./pages/newsletter.ts";
import { deliveryPage } from "./pages/service.ts";
import { findRoom } from "./rooms.ts";
import type { Shop } from "./shop.ts";
import { sendPage } from "./shop.ts";

export function catalogueRoutes(app: FastifyInstance, shop: Shop): void {
  app.get("/", (request, reply) => sendPage(shop, request, reply)(homePage()));
  app.get("/shop", (request, reply) => sendPage(shop, request, reply)(shopPage()));
  app.get<{ Params: { category: string } }>("/shop/:category", (request, reply) => {
    const category = findCategory(request.params.category);
    if (category === undefined) return reply.callNotFound();
    return sendPage(shop, request, reply)(categoryPage(category));
  });
  app.get<{ Params: { product: string } }>("/products/:product", (request, reply) => {
    const product = findProduct(request.params.product);
    const category = findCategory(product?.category ?? "");
    if (product === undefined || category === undefined) return reply.callNotFound();
    return sendPage(shop, request, reply)(productPage(product, category));
  });
  app.get("/lookbook", (request, reply) => sendPage(shop, request, reply)(lookbookPage()));
  app.get<{ Params: { room: string } }>("/lookbook/:room", (request, reply) => {
    const room = findRoom(request.params.room);
    if (room === undefined) return reply.callNotFound();
    return sendPage(shop, request, reply)(roomPage(room));
  });
  app.get("/newsletter", (request, reply) => sendPage(shop, request, reply)(newsletterPage()));
  app.post("/newsletter", (request, reply) => sendPage(shop, request, reply)(newsletterWithoutScriptPage()));
  app.get("/delivery", (request, reply) => sendPage(shop, request, reply)(deliveryPage()));
}
