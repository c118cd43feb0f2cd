import type { FastifyReply, FastifyRequest } from "fastify";
import type { Static, TSchema } from "typebox";
import { problem } from "../http/problem.ts";
import type { Need } from "./rules.ts";
import type { SessionRow } from "./store.ts";

/** One request to the admin's API, after its checks. */
export interface AdminCall<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** Undefined only where the route needs nobody. */
  readonly session: SessionRow | undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** One line of the admin's route table: where, who may, what comes in, what goes out. */
export interface AdminRoute<
  Params extends TSchema = TSchema,
  Query extends TSchema = TSchema,
  Body extends TSchema = TSchema,
  Answer extends TSchema = TSchema,
> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below ADMIN_API_PATH. */
  readonly path: string;
  readonly need: Need;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** What is not in it does not leave. Absent: 204, nothing to say. */
  readonly answer?: Answer;
  carryOut(call: AdminCall<Static<Params>, Static<Query>, Static<Body>>): Promise<Static<Answer>>;
}

/** Ties the types of one route together, and lets it stand in a table with others. */
export function adminRoute<P extends TSchema, Q extends TSchema, B extends TSchema, A extends TSchema>(
  route: AdminRoute<P, Q, B, A>,
): AdminRoute {
  return route;
}

export function sessionOf(call: AdminCall): SessionRow {
  if (call.session === undefined) throw problem(401, "login_required", "Nobody is logged in. Log in first.");
  return call.session;
}
