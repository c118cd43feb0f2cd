import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Keys } from "../http/auth.ts";
import { HttpProblem, problem } from "../http/problem.ts";
import { limitByAddress, refuseBeyondShare, type RateLimiter } from "../http/rate-limit.ts";
import type { Clock } from "../lib/clock.ts";
import { mayPost, type Sites } from "../sites/index.ts";
import { inspect } from "../visitors/index.ts";
import { readTracking } from "./rules.ts";
import { keepUnusable } from "./store.ts";
import { trackEvent, trackWebContact, type Speaker, type TrackDeps } from "./track.ts";

export interface CompatibilityDeps extends TrackDeps {
  readonly clock: Clock;
  readonly keys: Keys;
  readonly sites: Pick<Sites, "findSiteByKey">;
  /** Per network address. Absent: no limit. */
  readonly limiter?: RateLimiter;
  /** Per site. Absent: no limit. */
  readonly siteLimiter?: RateLimiter;
}

const PATHS = ["/api/v2", "/api/v2/"];

/** The REST tracker: any JSON object is answered with 200, and what can't be used is kept with the reason. */
export function compatibilityRoutes(app: FastifyInstance, deps: CompatibilityDeps): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Pages send it as plain text, so that no preflight is needed.
    scope.addContentTypeParser("*", { parseAs: "buffer" }, async (_request: FastifyRequest, body: Buffer) =>
      readObject(body),
    );
    scope.addHook("onRequest", async (_request, reply) => {
      void reply.headers({ "access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After" });
    });
    for (const url of PATHS) {
      scope.options(url, async (_request, reply) => allowPreflight(reply));
      const onRequest = deps.limiter === undefined ? [] : [limitByAddress(deps.limiter)];
      scope.post(url, { bodyLimit: 64 * 1024, onRequest }, async (request, reply) => {
        await take(deps, request);
        return reply.code(200).send();
      });
    }
  });
}

function allowPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .headers({
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type, authorization",
      "access-control-max-age": "86400",
    })
    .send();
}

type Json = Readonly<Record<string, unknown>>;

function readObject(body: Buffer): Json {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  } catch {
    // Told below.
  }
  throw problem(400, "invalid_json", "The body has to be a JSON object in UTF-8.");
}

async function take(deps: CompatibilityDeps, request: FastifyRequest): Promise<void> {
  const { db, sites } = deps;
  const speaker = await speakerOf(deps, request);
  const at = speaker.now;
  const body = request.body as Json | undefined;
  if (body === undefined) throw problem(400, "invalid_json", "The body has to be a JSON object in UTF-8.");
  const { fault } = inspect(body, true);
  if (fault !== undefined) {
    const message = { note: "Not kept: it breaks a limit." };
    return keepUnusable(db, { siteId: null, at, ...fault, message });
  }
  const said = readTracking(body);
  switch (said.kind) {
    case "log line":
      return;
    case "unusable":
      return keepUnusable(db, { siteId: null, at, code: said.code, reason: said.reason, message: { body } });
    case "webcontact":
      return trackWebContact(deps, { said, body, site: undefined, speaker });
    case "event": {
      const site = await sites.findSiteByKey(said.siteKey);
      if (site !== undefined && mayPost(site, request.headers.origin)) {
        refuseBeyondShare(deps.siteLimiter, site.siteId);
        return trackEvent(deps, { said, body, site, speaker });
      }
      const refusal =
        site === undefined
          ? { code: "unknown_site", reason: "There is no site with the key in GeneralInfo.siteId." }
          : { code: "origin_not_allowed", reason: "Pages of this origin may not send to this site." };
      const { visitorId, person } = said;
      return keepUnusable(db, {
        siteId: site?.siteId ?? null,
        at,
        ...refusal,
        message: { visitorId, ...person, body },
      });
    }
  }
}

/** A good key makes it the back end's word; any other is as good as none. */
async function speakerOf({ keys, clock }: CompatibilityDeps, request: FastifyRequest): Promise<Speaker> {
  const common = { now: clock(), requestId: request.id };
  if (request.headers.authorization === undefined) return { ...common, trust: "browser", actor: "tracker" };
  try {
    const { keyId } = await keys.authenticate(request, "contacts:write");
    return { ...common, trust: "server", actor: `key:${keyId}` };
  } catch (error) {
    if (error instanceof HttpProblem && error.status < 500) return { ...common, trust: "browser", actor: "tracker" };
    throw error;
  }
}
