import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { VISITOR_COOKIE } from "../../contract/wire.ts";
import { reduceUserAgent } from "../http/user-agent.ts";
import type { Act } from "./consent-store.ts";
import { carryOutConfirmation, carryOutRefusal, findByLink } from "./confirm.ts";
import { languageFor, languageOfHeader } from "./language.ts";
import { keptNetwork } from "./network.ts";
import { PAGE_CSP } from "./page-style.ts";
import { renderPage, type Page } from "./pages.ts";
import { isSameBrowser, type Opening } from "./rules.ts";
import type { StoredOptinRequest } from "./store.ts";
import type { SubscriptionDeps } from "./subscribe.ts";
import { carryOutUnsubscribe, findUnsubscribe } from "./unsubscribe.ts";

interface TokenRoute {
  readonly Params: { readonly token: string };
}

/** The pages behind mailed links: plain HTML, no script, no cookie of their own. */
export function subscriptionRoutes(app: FastifyInstance, deps: SubscriptionDeps): void {
  void app.register(
    publicPages((pages) => confirmPages(pages, deps)),
    { prefix: "/confirm" },
  );
  void app.register(
    publicPages((pages) => unsubscribePages(pages, deps)),
    { prefix: "/unsubscribe" },
  );
}

function confirmPages(pages: FastifyInstance, deps: SubscriptionDeps): void {
  pages.setNotFoundHandler((request, reply) => show(request, reply, { kind: "unknown" }));

  pages.get<TokenRoute>("/:token", async (request, reply) => {
    const { token } = request.params;
    const found = await findByLink(deps, token);
    if (found === undefined) return show(request, reply, { kind: "unknown" });
    if (found.confirmedAt !== null) return showFor(found, reply, confirmedPage(found));
    if (!isSameBrowser(openingOf(request), found)) return showFor(found, reply, askPage(found, token));
    const confirmed = await carryOutConfirmation(deps, { token, act: actOf(request, deps, "same-browser") });
    return confirmed === undefined
      ? show(request, reply, { kind: "unknown" })
      : showFor(confirmed, reply, confirmedPage(confirmed));
  });

  pages.post<TokenRoute>("/:token", async (request, reply) => {
    const act = actOf(request, deps, "mail-link");
    const confirmed = await carryOutConfirmation(deps, { token: request.params.token, act });
    return confirmed === undefined
      ? show(request, reply, { kind: "unknown" })
      : showFor(confirmed, reply, confirmedPage(confirmed));
  });

  pages.get<TokenRoute>("/:token/refuse", async (request, reply) => {
    const found = await findByLink(deps, request.params.token);
    if (found === undefined) return show(request, reply, { kind: "unknown" });
    return showFor(found, reply, { kind: "askRefusal", site: siteOf(found), address: found.email });
  });

  pages.post<TokenRoute>("/:token/refuse", async (request, reply) => {
    const act = actOf(request, deps, "not-me-link");
    const refused = await carryOutRefusal(deps, { token: request.params.token, act });
    if (refused === undefined) return show(request, reply, { kind: "unknown" });
    // Confirmed by somebody before: what ends now is the subscription.
    return refused.confirmedAt === null
      ? showFor(refused, reply, { kind: "refused", site: siteOf(refused) })
      : showFor(refused, reply, { kind: "unsubscribed", address: refused.email });
  });
}

function unsubscribePages(pages: FastifyInstance, deps: SubscriptionDeps): void {
  pages.setNotFoundHandler((request, reply) => show(request, reply, { kind: "unknownUnsubscribe" }));

  pages.get<TokenRoute>("/:token", async (request, reply) => {
    const target = await findUnsubscribe(deps, request.params.token);
    const page: Page = target ? { kind: "askUnsubscribe", address: target.email } : { kind: "unknownUnsubscribe" };
    return show(request, reply, page);
  });

  pages.post<TokenRoute>("/:token", async (request, reply) => {
    const act = actOf(request, deps, "unsubscribe-link");
    const target = await carryOutUnsubscribe(deps, { token: request.params.token, act });
    const page: Page = target ? { kind: "unsubscribed", address: target.email } : { kind: "unknownUnsubscribe" };
    return show(request, reply, page);
  });
}

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": PAGE_CSP,
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
} as const;

/** What all pages share: their headers, any body taken and ignored (the link says everything), errors told to a person. */
function publicPages(mount: (pages: FastifyInstance) => void) {
  return (pages: FastifyInstance, _options: object, done: () => void): void => {
    pages.removeAllContentTypeParsers();
    pages.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: 64 * 1024 }, (_request, _body, ready) =>
      ready(null),
    );
    pages.addHook("onRequest", (_request, reply, next) => {
      void reply.headers(HEADERS);
      next();
    });
    pages.setErrorHandler((error: { statusCode?: number }, request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) request.log.error({ err: error }, "a public page failed");
      void reply.code(status >= 500 ? 503 : status).headers(HEADERS);
      return reply.send(renderPage({ kind: "trouble" }, languageOfHeader(request.headers["accept-language"])));
    });
    mount(pages);
    done();
  };
}

/** A page for somebody we know nothing of: in the browser's language. */
function show(request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  const unknown = page.kind === "unknown" || page.kind === "unknownUnsubscribe";
  return reply.code(unknown ? 404 : 200).send(renderPage(page, languageOfHeader(request.headers["accept-language"])));
}

/** A page about a request: in the language of its letter. */
function showFor(optin: StoredOptinRequest, reply: FastifyReply, page: Page): FastifyReply {
  return reply.code(200).send(renderPage(page, languageFor(optin.language)));
}

const siteOf = (optin: StoredOptinRequest) => ({ name: optin.siteName, url: optin.siteUrl });

const confirmedPage = (optin: StoredOptinRequest): Page => ({
  kind: "confirmed",
  site: siteOf(optin),
  address: optin.email,
});

// The way to the other page is relative, so that it holds behind a proxy that adds to the path.
const askPage = (optin: StoredOptinRequest, token: string): Page => ({
  kind: "ask",
  site: siteOf(optin),
  address: optin.email,
  refusePath: `${token}/refuse`,
});

function actOf(request: FastifyRequest, deps: SubscriptionDeps, method: Act["method"]): Act {
  return {
    at: deps.clock(),
    method,
    network: keptNetwork(request.ip),
    userAgent: reduceUserAgent(request.headers["user-agent"]),
  };
}

function openingOf(request: FastifyRequest): Opening {
  const purposes = ["sec-purpose", "purpose", "x-purpose", "x-moz"].map((name) => request.headers[name]);
  return {
    method: request.method,
    visitorIds: visitorIdsOf(request.headers.cookie),
    purpose: purposes.filter((purpose) => purpose !== undefined).join(" "),
  };
}

/** All values of the visitor cookie: a browser may hold one for the host and one for the whole domain. */
function visitorIdsOf(cookies: string | undefined): string[] {
  const pairs = (cookies ?? "").split(";").map((pair) => pair.trim());
  return pairs
    .filter((pair) => pair.startsWith(`${VISITOR_COOKIE}=`))
    .map((pair) => pair.slice(VISITOR_COOKIE.length + 1));
}
