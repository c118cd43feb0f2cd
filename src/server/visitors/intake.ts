import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { BatchAnswer } from "../../contract/messages.ts";
import type { Database } from "../db/database.ts";
import type { IntakeMeter } from "../http/metrics.ts";
import { refuseByHead } from "../http/odd-head.ts";
import { peerFinder, type Peer } from "../http/peer.ts";
import { problem, problemText, told, HttpProblem } from "../http/problem.ts";
import { networkOf, refuseBeyondShare, tooMany, type RateLimiter } from "../http/rate-limit.ts";
import { standingHeaders } from "../http/server.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { mayPost, type Sightings, type Site, type Sites } from "../sites/index.ts";
import { createAdmission, databaseAway, overloaded, type Admitted } from "./admission.ts";
import { readBody, type Body } from "./body.ts";
import { renewedCookie } from "./cookie.ts";
import { readEnvelope, unknownSite } from "./envelope.ts";
import { createGroupCommit, rowsOf, type GroupCommit } from "./group-commit.ts";
import { originOf } from "./origin.ts";
import { sortOut, type SortedBatch } from "./sort-out.ts";
import { store, type Rows } from "./store.ts";
import type { Unstorable } from "./store-apart.ts";

export interface IntakeDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly sites: Pick<Sites, "findSiteByKey" | "noteFirstEvent">;
  /** Told after the commit of messages about people, which wait in the inbox. */
  readonly inbox: { kick(): void };
  /** Whose X-Forwarded-* is believed. */
  readonly trustProxy: readonly string[];
  readonly isHttps: boolean;
  /** Per network address. Absent: no limit. */
  readonly limiter?: RateLimiter;
  /** Per site. Absent: no limit. */
  readonly siteLimiter?: RateLimiter;
  readonly groupCommit?: GroupCommit;
  /** Told what was refused whole, for whoever wonders why nothing arrives. */
  readonly sightings?: Pick<Sightings, "note">;
  readonly meter?: IntakeMeter;
}

export interface Intake {
  /** Answers one `POST /v1/messages`, whatever comes. */
  take(request: IncomingMessage, response: ServerResponse): void;
  /** From here on every answer ends its connection. */
  endConnections(): void;
  /** Resolves when nothing waits for its commit any more. */
  close(): Promise<void>;
}

/** Whoever has the public key may send from anywhere; without credentials, so that no page can borrow a visitor's cookies. */
export const ALLOW_EVERY_ORIGIN: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Retry-After",
  "cross-origin-resource-policy": "cross-origin",
};

/**
 * The whole way of a batch, from its headers to the answer after its commit. It writes to Node's own response: it is
 * walked by every page view of every visitor, and a framework's part would be half of it.
 */
export function createIntake(deps: IntakeDeps): Intake {
  const groupCommit = deps.groupCommit ?? createGroupCommit({ store: measured(deps), log: deps.log });
  const admission = createAdmission(groupCommit);
  const peerOf = peerFinder(deps.trustProxy);
  const answers = new Answers(deps);

  /** Turns a body into rows. By itself, so that neither the text nor what was parsed of it lives until the commit. */
  async function read(request: IncomingMessage, { peer, body, named }: Received): Promise<Placed> {
    const envelope = readEnvelope(body.text);
    named(envelope.site);
    const site = await siteOf(deps, envelope.site);
    const { headers } = request;
    if (!mayPost(site, headers.origin))
      throw problem(403, "origin_not_allowed", "Pages of this origin may not send to this site; see its settings.");
    refuseBeyondShare(deps.siteLimiter, site.siteId);
    const batch = sortOut({
      sentAt: envelope.sentAt,
      context: envelope.context,
      messages: envelope.messages,
      origin: originOf({ ip: peer.ip, userAgent: headers["user-agent"] }),
      ip: peer.ip,
      optedOut: headers["sec-gpc"] === "1",
      siteId: site.siteId,
      mode: site.identify,
      receivedAt: deps.clock(),
      escapes: body.text.includes("\\u"),
      bytes: body.bytes,
    });
    return { site, batch, peer, cookieDomain: envelope.cookieDomain };
  }

  async function serve(request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<void> {
    const { site, batch, peer, cookieDomain } = await visit.placed;
    if (!visit.admitted.handOver(rowsOf(batch))) throw overloaded;
    const stored = await groupCommit.store(batch);
    if (stored.kind === "unavailable") throw databaseAway;
    if (batch.identityMessages.length > 0) deps.inbox.kick();
    if (site.firstEventAt === null && batch.events.length > 0) noteFirstEvent(deps, site);
    const answer = verdict(batch, stored.unstorable);
    deps.meter?.answered(answer);
    answers.stored(response, JSON.stringify(answer), cookieFor({ request, peer, cookieDomain, batch }));
  }

  function take(request: IncomingMessage, response: ServerResponse): void {
    const odd = refuseByHead(request);
    if (odd !== undefined) return answers.refused(response, odd);
    const peer = peerOf(request);
    const wait = deps.limiter?.take(networkOf(peer.ip)) ?? 0;
    if (wait > 0) {
      deps.sightings?.note({ code: "rate_limited", origin: request.headers.origin });
      return answers.refused(response, tooMany(wait));
    }
    const admitted = admission.enter(request.headers);
    if (admitted instanceof HttpProblem) return answers.refused(response, admitted);
    let siteKey: string | undefined;
    const named = (key: string): void => void (siteKey = key);
    const refuse = (failure: Error): void => {
      const { origin } = request.headers;
      if (failure instanceof HttpProblem && failure.status < 500)
        deps.sightings?.note({ code: failure.code, siteKey, origin });
      answers.failed(response, failure);
    };
    const done = (failure: Error | null, body: Body = NO_BODY): void => {
      const placed = failure === null ? read(request, { peer, body, named }) : Promise.reject(failure);
      void serve(request, response, { placed, admitted })
        .catch(refuse)
        .finally(() => admitted.leave());
    };
    readBody(request, request.headers, { admitted, done });
  }

  return { take, endConnections: () => answers.endConnections(), close: () => groupCommit.close() };
}

const NO_BODY: Body = { text: "", bytes: 0 };

interface Received {
  readonly peer: Peer;
  readonly body: Body;
  /** Told the key of the site, right or wrong, as soon as it is known. */
  readonly named: (siteKey: string) => void;
}

/** What is left of a batch once it has been read. */
interface Placed {
  readonly site: Site;
  readonly batch: SortedBatch;
  readonly peer: Peer;
  readonly cookieDomain: string | undefined;
}

interface Visit {
  readonly placed: Promise<Placed>;
  readonly admitted: Admitted;
}

function measured({ db, meter }: IntakeDeps): (rows: Rows) => Promise<void> {
  if (meter === undefined) return (rows) => store(db, rows);
  return async (rows) => {
    const begun = performance.now();
    const count = rows.events.length + rows.identityMessages.length + rows.rejected.length;
    const group = (): { rows: number; seconds: number } => ({
      rows: count,
      seconds: (performance.now() - begun) / 1000,
    });
    try {
      await store(db, rows);
      meter.committed(group());
    } catch (error) {
      meter.committed({ ...group(), failed: true });
      throw error;
    }
  };
}

/** Only a site that is definitely not there is a wrong key. Not being able to look is our failure, not the sender's. */
async function siteOf({ sites, log }: IntakeDeps, key: string): Promise<Site> {
  const site = await sites.findSiteByKey(key).catch((error: unknown) => {
    log.error({ err: error }, "a site key could not be checked");
    throw databaseAway;
  });
  if (site === undefined) throw unknownSite();
  return site;
}

function noteFirstEvent({ sites, log }: IntakeDeps, site: Site): void {
  // The batch is stored whatever becomes of the dot in the admin.
  sites.noteFirstEvent(site.siteId).catch((error: unknown) => log.warn({ err: error }, "first event was not noted"));
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly peer: Peer;
  readonly cookieDomain: string | undefined;
  readonly batch: SortedBatch;
}

function cookieFor({ request: { headers }, peer, cookieDomain, batch }: Exchange): string | undefined {
  if (headers.cookie === undefined) return undefined;
  const { protocol, host } = peer;
  return renewedCookie({ headers, protocol, host, cookieDomain }, batch);
}

/** The same bytes whoever exists: it knows nothing but what is wrong with the messages themselves. */
function verdict(batch: SortedBatch, unstorable: readonly Unstorable[]): BatchAnswer {
  const accepted = batch.events.length + batch.identityMessages.length - unstorable.length;
  const rejected = [...batch.rejected, ...unstorable]
    .map(({ index, code, reason }) => ({ index, code, reason }))
    .sort((a, b) => a.index - b.index);
  return { accepted, rejected };
}

/** Writes answers as Node takes them with the least work: names and values in one list. */
class Answers {
  readonly #log: Log;
  readonly #meter: IntakeMeter | undefined;
  readonly #standing: readonly string[];
  #ending = false;

  constructor({ log, isHttps, meter }: Pick<IntakeDeps, "log" | "isHttps" | "meter">) {
    this.#log = log;
    this.#meter = meter;
    this.#standing = Object.entries({ ...standingHeaders({ isHttps }), ...ALLOW_EVERY_ORIGIN }).flat();
  }

  endConnections(): void {
    this.#ending = true;
  }

  stored(response: ServerResponse, body: string, cookie: string | undefined): void {
    this.#write(response, 200, {
      body,
      headers: [
        "content-type",
        "application/json; charset=utf-8",
        ...(cookie === undefined ? [] : ["set-cookie", cookie]),
      ],
    });
  }

  failed(response: ServerResponse, failure: Error): void {
    const requestId = randomUUID();
    this.refused(response, told(failure, { id: requestId, log: this.#log }), requestId);
  }

  refused(response: ServerResponse, failure: HttpProblem, requestId: string = randomUUID()): void {
    const { status, retryAfter } = failure;
    this.#meter?.refused(status);
    const wait = retryAfter === undefined ? [] : ["retry-after", String(retryAfter)];
    this.#write(response, status, {
      body: problemText(failure, requestId),
      headers: ["content-type", "application/problem+json", "x-request-id", requestId, ...wait],
    });
  }

  #write(response: ServerResponse, status: number, { body, headers }: { body: string; headers: string[] }): void {
    // Whoever does not wait for the answer gets none.
    if (response.destroyed) return;
    const length = ["content-length", String(Buffer.byteLength(body))];
    const end = this.#ending ? ["connection", "close"] : [];
    response.writeHead(status, [...this.#standing, ...headers, ...length, ...end]);
    response.end(body);
  }
}
