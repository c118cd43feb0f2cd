import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { DeviceEventsInput, DeviceInput, UserInput } from "../../contract/devices.ts";
import { keyOf, type Keys } from "../http/auth.ts";
import { json, KIB, resource, takeJson, type Endpoint } from "../http/compatible.ts";
import { problem } from "../http/problem.ts";
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
}

/**
 * The calls of mobile apps. Their clients take exactly 200 for done, and drop for good whatever is answered with 4xx,
 * so a 400 is for bodies that can never pass.
 */
export function deviceRoutes(app: FastifyInstance, deps: DeviceDeps): void {
  void app.register(
    async (scope) => {
      takeJson(scope);
      scope.addHook("onRequest", async (request) => takeAccessKey(request));
      const api = { ...deps, scope };
      const mobile = { scope: "mobile", bodyLimit: 256 * KIB } as const;
      resource(api, "/device", { POST: { ...mobile, answer: takeDevice(deps) } });
      resource(api, "/user", { POST: { ...mobile, answer: takeUser(deps) } });
      resource(api, "/events", { POST: { ...mobile, bodyLimit: 1024 * KIB, answer: takeEvents(deps) } });
    },
    { prefix: "/api/v1" },
  );
}

/** The header that apps know; Basic and Bearer mean the same. */
function takeAccessKey({ headers }: FastifyRequest): void {
  const key = headers["x-backstory-access-key"] ?? headers["x-reteno-access-key"];
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
  return async (request) => {
    await appendFromApp(deps.db, { batch: read(request.body), caller: await callerOf(request, deps) });
    return DONE;
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
