import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { DeviceEventsInput, DeviceInput, UserInput } from "../../contract/devices.ts";
import { appendPastEvents, readPastEvents } from "../contacts/index.ts";
import { keyOf, needScope, type Keys } from "../http/auth.ts";
import { json, KIB, resource, sentence, speakCompatibly, takeJson, type Endpoint } from "../http/compatible.ts";
import { answerProblemsPlainly, problem } from "../http/problem.ts";
import { createRateLimiter } from "../http/rate-limit.ts";
import { FAULT_SENTENCES, isBlockedIdentifier, type IdentityDeps, type SignedOutcome } from "../identity/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Sites } from "../sites/index.ts";
import { registerDevice } from "./device-call.ts";
import { appendFromApp } from "./events-call.ts";
import type { AppCaller } from "./identify.ts";
import { updateUser } from "./user-call.ts";

export interface DeviceDeps extends IdentityDeps {
  readonly keys: Keys;
  readonly clock: Clock;
  readonly sites: Pick<Sites, "listSites">;
  /** Requests a second that one key may make; 2,000 unless told. */
  readonly requestsPerSecond?: number;
}

/**
 * The calls of mobile apps. Their clients take exactly 200 for done, and drop for good whatever is answered with 4xx,
 * so a 400 is for bodies that can never pass.
 */
export function deviceRoutes(app: FastifyInstance, deps: DeviceDeps): void {
  const { requestsPerSecond = 2_000 } = deps;
  const limiter = createRateLimiter({ perSecond: requestsPerSecond, burst: requestsPerSecond }, deps.clock);
  void app.register(
    async (scope) => {
      takeJson(scope);
      // The address of an app's events is also that of a back end's past events, which is told plainly.
      answerProblemsPlainly(scope, (request) => isEvents(request) && !isFromApp(request));
      scope.addHook("onRequest", async (request) => takeAccessKey(request));
      const api = { ...deps, scope };
      const mobile = { scope: "mobile", bodyLimit: 256 * KIB, limiter, overRate: 503 } as const;
      resource(api, "/device", { POST: { ...mobile, answer: takeDevice(deps) } });
      resource(api, "/user", { POST: { ...mobile, answer: takeUser(deps) } });
      resource(api, "/events", { POST: { ...EVENTS, limiter, overRate: 503, answer: takeEvents(deps) } });
    },
    { prefix: "/api/v1" },
  );
  void app.register(
    async (scope) => {
      speakCompatibly(scope);
      resource({ ...deps, scope }, "/events", { POST: { ...EVENTS, limiter, answer: takePastEvents(deps) } });
    },
    { prefix: "/api/v2" },
  );
}

// Who may call depends on the body: see takeEvents.
const EVENTS = { scope: "any", bodyLimit: 1024 * KIB } as const;

const isEvents = ({ routeOptions }: FastifyRequest) => /\/events\/?$/.test(routeOptions.url ?? "");

function isFromApp({ headers, body }: FastifyRequest): boolean {
  if (ACCESS_KEY_HEADERS.some((name) => headers[name] !== undefined)) return true;
  return typeof body === "object" && body !== null && "deviceId" in body;
}

const ACCESS_KEY_HEADERS = ["x-backstory-access-key", "x-reteno-access-key"] as const;

/** The header that apps know; Basic and Bearer mean the same. */
function takeAccessKey({ headers }: FastifyRequest): void {
  const key = ACCESS_KEY_HEADERS.map((name) => headers[name]).find((value) => value !== undefined);
  if (typeof key === "string" && headers.authorization === undefined) headers.authorization = `Bearer ${key.trim()}`;
}

const DONE = json({});

function takeDevice(deps: DeviceDeps): Endpoint["answer"] {
  const read = reader(DeviceInput);
  return async (request) => {
    const device = read(request.body);
    heard(await registerDevice(deps, { device, caller: await callerOf(request, deps) }));
    return DONE;
  };
}

function takeUser(deps: DeviceDeps): Endpoint["answer"] {
  const read = reader(UserInput);
  return async (request) => {
    const user = read(request.body);
    heard(await updateUser(deps, { user, caller: await callerOf(request, deps) }));
    return DONE;
  };
}

function takeEvents(deps: DeviceDeps): Endpoint["answer"] {
  const read = reader(DeviceEventsInput);
  const takePast = takePastEvents(deps);
  return async (request, keep) => {
    if (!isFromApp(request)) return takePast(request, keep);
    needScope(request, "mobile");
    await appendFromApp(deps.db, { batch: read(request.body), caller: await callerOf(request, deps) });
    return DONE;
  };
}

const PAST_DONE = sentence("");

/** `POST /events` of a back end, version 1 and 2: what happened before it was connected. */
function takePastEvents({ db, clock }: DeviceDeps): Endpoint["answer"] {
  return async (request, keep) => {
    needScope(request, "events");
    const reading = readPastEvents(request.body);
    if (reading.kind === "refused") throw problem(400, "invalid", reading.sentence);
    const { keyId, siteId } = keyOf(request);
    const caller = { cause: { actor: `key:${keyId}`, requestId: request.id }, now: clock(), siteId };
    await appendPastEvents({ db }, { events: reading.events, caller }, (tx) => keep(tx, PAST_DONE));
    return PAST_DONE;
  };
}

function reader<Schema extends TSchema>(schema: Schema): (body: unknown) => Static<Schema> {
  const check = Compile(schema);
  return (body) => {
    if (!check.Check(body)) {
      const place = check.Errors(body)[0]?.instancePath.slice(1).replaceAll("/", ".") ?? "";
      throw problem(
        400,
        "invalid",
        place === "" ? "The body is not complete: deviceId is needed." : `${place} is not valid.`,
      );
    }
    if (isBlockedIdentifier(deviceIdIn(body), 256))
      throw problem(400, "invalid", "deviceId cannot tell one device from another.");
    return body;
  };
}

function deviceIdIn(body: unknown): string {
  return typeof body === "object" && body !== null && "deviceId" in body ? String(body.deviceId) : "";
}

function heard(outcome: SignedOutcome): void {
  switch (outcome.kind) {
    case "refused":
      throw problem(outcome.status, outcome.code, outcome.message);
    case "rejected":
      if (outcome.reason === "missing") throw problem(403, "token_required", TOKEN_REQUIRED);
      throw problem(403, "invalid_token", FAULT_SENTENCES[outcome.reason]);
    case "nothing":
      throw problem(403, "token_used", "The identity token was used before, and this device is not that person's now.");
    case "pending":
    case "resolved":
  }
}

const TOKEN_REQUIRED = "This app names a person only with an identity token, in the header X-Backstory-Identity.";

async function callerOf(request: FastifyRequest, { clock, sites }: DeviceDeps): Promise<AppCaller> {
  const { keyId, siteId } = keyOf(request);
  // A key that speaks for every site obeys the strictest of them.
  const spokenFor = (await sites.listSites()).filter((site) => siteId === null || site.siteId === siteId);
  const strict = spokenFor.some(({ mobileIdentify }) => mobileIdentify === "signed");
  const token = request.headers["x-backstory-identity"];
  return {
    cause: { actor: `key:${keyId}`, requestId: request.id },
    now: clock(),
    siteId,
    believes: strict ? "token" : "app",
    identityToken: typeof token === "string" ? token : undefined,
  };
}
