import { Readable } from "node:stream";
import { TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ADMIN_API_PATH, IMPORT_PART_BYTES } from "../../contract/wire.ts";
import { problem } from "../http/problem.ts";
import { refuseUnreadableAddress } from "../http/readable-address.ts";
import { JsonRefused, parseStrictJson } from "../http/strict-json.ts";
import type { SessionCookie } from "./cookie.ts";
import type { AdminRoute } from "./route.ts";
import { comesFromOurPage, judge, type Need, type Verdict } from "./rules.ts";
import type { Sessions } from "./session.ts";
import type { SessionRow } from "./store.ts";

export interface MountDeps {
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  readonly publicUrl: string;
}

/** Puts the route table behind its guards. What is not in the table does not exist. */
export function mountAdminApi(app: FastifyInstance, deps: MountDeps, routes: readonly AdminRoute[]): void {
  app.register(
    async (scope) => {
      scope.setValidatorCompiler(TypeBoxValidatorCompiler);
      // JSON only: the other types are those that a foreign page can send without asking.
      scope.removeAllContentTypeParsers();
      const parser = scope.getDefaultJsonParser("error", "error");
      scope.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
        const refusal = refusalOf(String(body));
        if (refusal === undefined) void parser(request, String(body), done);
        else done(refusal);
      });
      // Parts of files. A foreign page would have to ask first, as for JSON.
      const asBytes = { parseAs: "buffer", bodyLimit: IMPORT_PART_BYTES } as const;
      scope.addContentTypeParser("application/octet-stream", asBytes, (_request, body, done) => done(null, body));
      scope.addHook("onRequest", async (request, reply) => {
        reply.header("cache-control", "no-store");
        reply.header("x-content-type-options", "nosniff");
        reply.header("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
        refuseForeignPages(request, deps.publicUrl);
        refuseUnreadableAddress(request);
      });
      for (const route of routes) mountRoute(scope, deps, route);
      mountRest(scope, deps);
    },
    { prefix: ADMIN_API_PATH },
  );
}

/** What JSON may hold and no database does; an empty body is told about by the parser. */
function refusalOf(text: string): Error | undefined {
  try {
    if (text !== "") parseStrictJson(text);
    return undefined;
  } catch (error) {
    if (error instanceof JsonRefused) return problem(400, "invalid_json", error.message);
    throw error;
  }
}

function mountRoute(scope: FastifyInstance, deps: MountDeps, route: AdminRoute): void {
  const sessionByRequest = new WeakMap<FastifyRequest, SessionRow>();
  scope.route({
    method: route.method,
    url: route.path,
    schema: {
      ...(route.params && { params: route.params }),
      ...(route.query && { querystring: route.query }),
      ...(route.body && { body: route.body }),
      ...(route.answer && { response: { 200: route.answer } }),
    },
    // Before the body is read: who may not call costs nothing.
    onRequest: async (request) => {
      const session = await admit(request, deps, route.need);
      if (session !== undefined) sessionByRequest.set(request, session);
    },
    handler: async (request, reply) => {
      const { params, query, body } = request;
      const session = sessionByRequest.get(request);
      const answer = await route.carryOut({ params, query, body, session, request, reply });
      if (answer instanceof Readable) return reply.send(answer);
      // A file, which is on its way already.
      if (answer === reply) return reply;
      return route.answer === undefined ? reply.code(204).send() : answer;
    },
  });
}

/** Without it, unknown addresses would fall to the admin's pages, and say to strangers what exists. */
function mountRest(scope: FastifyInstance, deps: MountDeps): void {
  const answerNotFound = async (request: FastifyRequest): Promise<never> => {
    await admit(request, deps, "session");
    throw problem(404, "not_found", "There is nothing at this address of the admin's API.");
  };
  scope.all("/", answerNotFound);
  scope.all("/*", answerNotFound);
}

async function admit(request: FastifyRequest, deps: MountDeps, need: Need): Promise<SessionRow | undefined> {
  const secret = need === "nobody" ? undefined : deps.cookie.read(request);
  const session = secret === undefined ? undefined : await deps.sessions.find(secret);
  const verdict = judge(need, session);
  if (verdict !== "allowed") throw refusal(verdict);
  return session;
}

function refusal(verdict: Exclude<Verdict, "allowed">) {
  switch (verdict) {
    case "loginRequired":
      return problem(401, "login_required", "Nobody is logged in, or the session has ended. Log in again.");
    case "passwordChangeRequired":
      return problem(403, "password_change_required", "Choose a password of your own before anything else.");
    case "forbidden":
      return problem(403, "forbidden", "Your role does not allow this. An owner can give you another one.");
  }
}

function refuseForeignPages(request: FastifyRequest, publicUrl: string): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const { "sec-fetch-site": fetchSite, origin, host } = request.headers;
  const own = comesFromOurPage({ fetchSite: first(fetchSite), origin, host, publicUrl });
  if (!own) throw problem(403, "foreign_page", "Changes are taken only from the admin's own pages at this address.");
}

const first = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;
