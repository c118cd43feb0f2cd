import type { FastifyInstance } from "fastify";

const REPORTS = "/policy-reports";

/**
 * The policy that a careful shop sends: its own scripts and styles, the tracker's origin, no markup made from text, and
 * nothing else. Browsers report what it has refused.
 */
export function contentSecurityPolicy(backstoryUrl: string): string {
  const backstory = new URL(backstoryUrl).origin;
  return [
    "default-src 'none'",
    `script-src 'self' ${backstory}`,
    `connect-src 'self' ${backstory}`,
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    `report-uri ${REPORTS}`,
  ].join("; ");
}

/** Headers on every answer, and no form posts from other sites. */
export function guard(app: FastifyInstance, backstoryUrl: string): void {
  const policy = contentSecurityPolicy(backstoryUrl);
  app.addHook("onRequest", async (request, reply) => {
    void reply
      .header("content-security-policy", policy)
      .header("x-content-type-options", "nosniff")
      .header("referrer-policy", "strict-origin-when-cross-origin");
    const from = request.headers["sec-fetch-site"] ?? "same-origin";
    if (request.method === "POST" && from !== "same-origin" && from !== "none") {
      return reply.code(403).type("text/plain").send("This form belongs to another site.");
    }
    return undefined;
  });
}

interface Report {
  readonly "csp-report"?: Readonly<Record<string, unknown>>;
}

/** Prints what browsers say the policy has refused. */
export function collectReports(app: FastifyInstance, log: (message: string) => void): void {
  app.addContentTypeParser("application/csp-report", { parseAs: "string" }, app.getDefaultJsonParser("error", "error"));
  app.post<{ Body: Report | null }>(REPORTS, (request, reply) => {
    const {
      "document-uri": page,
      "effective-directive": rule,
      "blocked-uri": what,
    } = request.body?.["csp-report"] ?? {};
    // Anybody may send one, so that none may write more than its line.
    log(`the policy refused ${JSON.stringify([what, rule, page]).slice(0, 500)}`);
    return reply.code(204).send();
  });
}
