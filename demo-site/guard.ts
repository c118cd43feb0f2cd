import type { FastifyInstance } from "fastify";

/** The policy that a careful shop sends: its own scripts and styles, the tracker's origin, and nothing else. */
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
