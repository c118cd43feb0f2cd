import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { BatchAnswer } from "../../contract/messages.ts";
import { MESSAGES_PATH } from "../../contract/wire.ts";
import type { Database } from "../db/database.ts";
import { problem } from "../http/problem.ts";
import { networkOf, tooMany, type RateLimiter } from "../http/rate-limit.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { mayPost, type Site, type Sites } from "../sites/index.ts";
import { createAdmission, databaseAway } from "./admission.ts";
import { readBody } from "./body.ts";
import { renewedCookie } from "./cookie.ts";
import { readEnvelope, unknownSite, type Envelope } from "./envelope.ts";
import { createGroupCommit, type GroupCommit } from "./group-commit.ts";
import { originOf } from "./origin.ts";
import { sortOut, type SortedBatch } from "./sort-out.ts";
import { store } from "./store.ts";
import type { Unstorable } from "./store-apart.ts";

export interface VisitorDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly sites: Pick<Sites, "findSiteByKey" | "noteFirstEvent">;
  /** Told after the commit of messages about people, which wait in the inbox. */
  readonly inbox: { kick(): void };
  /** Per network address. Absent: no limit. */
  readonly limiter?: RateLimiter;
  readonly groupCommit?: GroupCommit;
}

/** The public intake: `POST /v1/messages`. */
export function visitorRoutes(app: FastifyInstance, deps: VisitorDeps): void {
  const groupCommit = deps.groupCommit ?? createGroupCommit({ store: (rows) => store(deps.db, rows), log: deps.log });
  const admission = createAdmission(groupCommit);
  const siteOf = siteFinder(deps);

  void app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (request, payload, done) => readBody(payload, request.headers, done));

    scope.addHook("onRequest", (request, reply, done) => {
      allowEveryOrigin(reply);
      if (request.method !== "POST") return done();
      const wait = deps.limiter?.take(networkOf(request.ip)) ?? 0;
      if (wait > 0) return done(tooMany(wait));
      admission.admit(request.headers);
      reply.raw.once("close", admission.reading(request.headers));
      done();
    });

    scope.options(MESSAGES_PATH, (_request, reply) =>
      reply
        .code(204)
        .headers({
          "access-control-allow-methods": "POST",
          "access-control-allow-headers": "content-type, content-encoding",
          "access-control-max-age": "86400",
        })
        .send(),
    );

    scope.post(MESSAGES_PATH, async (request, reply) => {
      const body = typeof request.body === "string" ? request.body : "";
      const envelope = readEnvelope(body);
      const site = await siteOf(envelope.site);
      if (!mayPost(site, request.headers.origin))
        throw problem(403, "origin_not_allowed", "Pages of this origin may not send to this site; see its settings.");
      const batch = sortOut({
        ...receivedFrom(request, envelope),
        siteId: site.siteId,
        mode: site.identify,
        receivedAt: deps.clock(),
        escapes: body.includes("\\u"),
        bytes: body.length,
      });
      const stored = await groupCommit.store(batch);
      if (stored.kind === "unavailable") throw databaseAway;
      if (batch.identityMessages.length > 0) deps.inbox.kick();
      if (site.firstEventAt === null && batch.events.length > 0) noteFirstEvent(deps, site);
      renewCookie({ request, reply, envelope }, batch);
      return reply.type("application/json; charset=utf-8").send(answer(batch, stored.unstorable));
    });

    scope.addHook("onClose", () => groupCommit.close());
    registered();
  });
}

/** Whoever has the public key may send from anywhere; without credentials, so that no page can borrow a visitor's cookies. */
function allowEveryOrigin(reply: FastifyReply): void {
  void reply.header("access-control-allow-origin", "*");
  void reply.header("access-control-expose-headers", "Retry-After");
  void reply.header("cross-origin-resource-policy", "cross-origin");
  void reply.header("cache-control", "no-store");
}

/** Only a site that is definitely not there is a wrong key. Not being able to look is our failure, not the sender's. */
function siteFinder(deps: VisitorDeps): (key: string) => Promise<Site> {
  return async (key) => {
    const site = await deps.sites.findSiteByKey(key).catch((error: unknown) => {
      deps.log.error({ err: error }, "a site key could not be checked");
      throw databaseAway;
    });
    if (site === undefined) throw unknownSite();
    return site;
  };
}

function receivedFrom(request: FastifyRequest, { sentAt, context, messages }: Envelope) {
  return {
    sentAt,
    context,
    messages,
    origin: originOf({ ip: request.ip, userAgent: request.headers["user-agent"] }),
    ip: request.ip,
    optedOut: request.headers["sec-gpc"] === "1",
  };
}

function noteFirstEvent({ sites, log }: VisitorDeps, site: Site): void {
  // The batch is stored whatever becomes of the dot in the admin.
  sites.noteFirstEvent(site.siteId).catch((error: unknown) => log.warn({ err: error }, "first event was not noted"));
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly envelope: Envelope;
}

function renewCookie({ request, reply, envelope }: Exchange, batch: SortedBatch): void {
  if (request.headers.cookie === undefined) return;
  const { headers, protocol, host } = request;
  const cookie = renewedCookie({ headers, protocol, host, cookieDomain: envelope.cookieDomain }, batch);
  if (cookie !== undefined) void reply.header("set-cookie", cookie);
}

/** The same bytes whoever exists: it knows nothing but what is wrong with the messages themselves. */
function answer(batch: SortedBatch, unstorable: readonly Unstorable[]): string {
  const accepted = batch.events.length + batch.identityMessages.length - unstorable.length;
  const rejected = [...batch.rejected, ...unstorable]
    .map(({ index, code, reason }) => ({ index, code, reason }))
    .sort((a, b) => a.index - b.index);
  return JSON.stringify({ accepted, rejected } satisfies BatchAnswer);
}
