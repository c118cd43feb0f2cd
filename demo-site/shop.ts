import { setTimeout as pause } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { BackstoryClient } from "./backstory.ts";
import type { Cart } from "./cart.ts";
import { countPieces, parseCart, serializeCart } from "./cart.ts";
import type { Customer, CustomerBook } from "./customers.ts";
import type { Page } from "./layout.ts";
import { renderPage } from "./layout.ts";
import type { Note } from "./tracker-calls.ts";
import { planTrackerCall } from "./tracker-calls.ts";

/** What every route of the shop works with. */
export interface Shop {
  readonly book: CustomerBook;
  readonly backstory: BackstoryClient;
  readonly backstoryUrl: string;
  readonly siteKey: string;
}

const SESSION = "leaf_session";
const CART = "leaf_cart";
const NOTE = "leaf_note";
const MONTH = 30 * 24 * 60 * 60;

const cookieLook = { path: "/", httpOnly: true, sameSite: "lax" } as const;

export function sendPage(shop: Shop, request: FastifyRequest, reply: FastifyReply): (page: Page) => FastifyReply {
  return (page) => {
    const trackerCall = planTrackerCall(request.cookies[NOTE], shop.book);
    if (request.cookies[NOTE] !== undefined) void reply.clearCookie(NOTE, cookieLook);
    // A page that makes a call must not come back from a cache and make it twice.
    void reply.header("cache-control", trackerCall === undefined ? "private, no-cache" : "no-store");
    return reply.type("text/html; charset=utf-8").send(
      renderPage(page, {
        path: request.url.split("?")[0] ?? "/",
        customer: findCustomer(shop, request),
        pieces: countPieces(readCart(request)),
        backstoryUrl: shop.backstoryUrl,
        siteKey: shop.siteKey,
        trackerCall,
      }),
    );
  };
}

export function leaveNote(reply: FastifyReply, note: Note): void {
  void reply.setCookie(NOTE, note, { ...cookieLook, maxAge: 60 });
}

export function readCart(request: FastifyRequest): Cart {
  return parseCart(request.cookies[CART]);
}

export function keepCart(reply: FastifyReply, cart: Cart): void {
  void reply.setCookie(CART, serializeCart(cart), { ...cookieLook, maxAge: MONTH });
}

export function findCustomer(shop: Shop, request: FastifyRequest): Customer | undefined {
  return shop.book.findBySession(request.cookies[SESSION]);
}

export async function openSession(shop: Shop, customer: Customer, reply: FastifyReply): Promise<void> {
  const token = await shop.book.logIn(customer);
  void reply.setCookie(SESSION, token, { ...cookieLook, maxAge: MONTH });
}

export async function endSession(shop: Shop, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const token = request.cookies[SESSION];
  if (token !== undefined) await shop.book.logOut(token);
  void reply.clearCookie(SESSION, cookieLook);
}

// The tracker's cookie. The shop's back end sees it, because the tracker sets it for the shop's own domain.
const VISITOR_COOKIE = "backstory_id";
const VISITOR_ID = /^[A-Za-z0-9_-]{8,64}$/;

// Usually Backstory knows before the next page is there. A customer never waits longer than this for it.
const PATIENCE = 1_000;

/** The one thing a site's back end does for Backstory: it says who this browser is. */
export async function introduce(shop: Shop, customer: Customer, request: FastifyRequest): Promise<void> {
  const visitorId = request.cookies[VISITOR_COOKIE] ?? "";
  const told = shop.backstory.sendContact({
    externalCustomerId: customer.id,
    firstName: customer.firstName,
    lastName: customer.lastName,
    channels: [{ type: "email", value: customer.email }],
    ...(VISITOR_ID.test(visitorId) ? { visitorId } : {}),
  });
  await Promise.race([told, pause(PATIENCE, undefined, { ref: false })]);
}
