import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Problem } from "../../contract/errors.ts";
import { isOutage } from "../db/outage.ts";
import type { Log } from "../lib/log.ts";

/** An answer that is a "no": thrown anywhere below a route, told as RFC 9457 problem details by the one error handler. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: Problem["errors"];
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, more: ProblemExtras = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.detail = detail;
    if (more.errors !== undefined) this.errors = more.errors;
    if (more.retryAfter !== undefined) this.retryAfter = more.retryAfter;
    if (more.headers !== undefined) this.headers = more.headers;
  }
}

export interface ProblemExtras {
  readonly errors?: Problem["errors"];
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `throw problem(404, "unknown_contact", "There is no contact 17.")`: what happened, why, what to do. */
export function problem(status: number, code: string, detail: string, more: ProblemExtras = {}): HttpProblem {
  return new HttpProblem(status, code, detail, more);
}

export function sendProblem(reply: FastifyReply, failure: HttpProblem): FastifyReply {
  setProblemHeaders(reply, failure);
  // Serialised here: a route's own response schema knows nothing of problems.
  return reply.type("application/problem+json").send(problemText(failure, reply.request.id));
}

/** The body of `application/problem+json`. */
export function problemText(failure: HttpProblem, requestId: string): string {
  const body: Problem = {
    type: "about:blank",
    title: STATUS_CODES[failure.status] ?? "Error",
    status: failure.status,
    detail: failure.detail,
    code: failure.code,
    requestId,
    ...(failure.errors === undefined ? {} : { errors: failure.errors }),
  };
  return JSON.stringify(body);
}

function setProblemHeaders(reply: FastifyReply, failure: HttpProblem): void {
  void reply.code(failure.status).headers(failure.headers ?? {});
  if (failure.retryAfter !== undefined) void reply.header("retry-after", String(failure.retryAfter));
}

/** The one place where errors become answers. Nothing of the server's inside (stack, path, SQL) leaves through it. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => sendProblem(reply, told(error, request)));
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request);
    const allowed = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((method) => app.findRoute({ method, url: path }));
    if (allowed.length === 0) return sendProblem(reply, problem(404, "not_found", `There is nothing at ${path}.`));
    void reply.header("allow", allowed.join(", "));
    const detail = `${path} does not take ${request.method}; it takes ${allowed.join(", ")}.`;
    return sendProblem(reply, problem(405, "method_not_allowed", detail));
  });
}

/** For the compatible wire, whose clients look for a sentence in plain text: the same refusals without the JSON. */
export function answerProblemsPlainly(
  scope: FastifyInstance,
  isPlain: (request: FastifyRequest) => boolean = () => true,
): void {
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    const failure = told(error, request);
    if (!isPlain(request)) return sendProblem(reply, failure);
    setProblemHeaders(reply, failure);
    return reply.type("text/plain; charset=utf-8").send(failure.detail);
  });
}

/** The answer to whatever was thrown; what is our own fault goes to the log. */
export function told(error: Error, { id, log }: { readonly id: string; readonly log: Log }): HttpProblem {
  const failure = problemOf(error, id);
  if (failure.status === 503) log.warn({ err: error }, "the database did not answer");
  else if (failure.status >= 500) log.error({ err: error }, "a request failed");
  return failure;
}

/** Without the query, which may hold what should not be repeated. */
function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0]?.slice(0, 200) ?? "/";
}

function problemOf(error: Error & Partial<FastifyError>, requestId: string): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error.validation !== undefined) return invalid(error);
  const known = KNOWN[error.code ?? ""];
  if (known !== undefined) return known;
  if (isOutage(error))
    return problem(
      503,
      "unavailable",
      "The database does not answer at the moment. Nothing was stored; please try again.",
      {
        retryAfter: 2,
      },
    );
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return problem(error.statusCode, "bad_request", error.message);
  return problem(
    500,
    "internal",
    `Something went wrong on our side. The log has the cause under request ${requestId}.`,
  );
}

function invalid(error: Partial<FastifyError>): HttpProblem {
  const errors = (error.validation ?? []).slice(0, 20).map((entry) => ({
    path: `${error.validationContext ?? "body"}${entry.instancePath}`,
    message: entry.message ?? "is not valid",
  }));
  const first = errors[0];
  const detail = first === undefined ? "The request is not valid." : `${first.path} ${first.message}.`;
  return problem(400, "invalid", detail, { errors });
}

/** Fastify's own refusals, in words: https://fastify.dev/docs/latest/Reference/Errors/ */
const KNOWN: Readonly<Record<string, HttpProblem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: problem(413, "too_large", "The body is larger than this address takes."),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: problem(400, "bad_length", "The body is not as long as Content-Length says."),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: problem(
    415,
    "unsupported_media_type",
    "This Content-Type is not taken here; send JSON.",
  ),
  FST_ERR_CTP_EMPTY_JSON_BODY: problem(400, "invalid_json", "The body is empty, but JSON was announced."),
  FST_ERR_CTP_INVALID_JSON_BODY: problem(400, "invalid_json", "The body is not valid JSON."),
  FST_ERR_BAD_URL: problem(400, "bad_url", "The address is not a valid URL."),
};
