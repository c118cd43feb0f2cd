import fastifyCookie from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import { SESSION_LIFETIME } from "./rules.ts";

/**
 * The session cookie. On https its `__Host-` name makes browsers refuse it from a sub-domain or without Secure; on
 * plain http (localhost, a private network) that name cannot be used.
 */
export function sessionCookie(publicUrl: string) {
  const isSecure = (request: FastifyRequest) => request.protocol === "https" || publicUrl.startsWith("https:");
  const nameFor = (request: FastifyRequest) => (isSecure(request) ? "__Host-backstory_admin" : "backstory_admin");
  function write(reply: FastifyReply, value: string, maxAge: number): void {
    const secure = isSecure(reply.request);
    const options = { path: "/", httpOnly: true, sameSite: "lax", secure, maxAge } as const;
    reply.header("set-cookie", fastifyCookie.serialize(nameFor(reply.request), value, options));
  }
  return {
    read: (request: FastifyRequest): string | undefined =>
      fastifyCookie.parse(request.headers.cookie ?? "")[nameFor(request)] || undefined,
    set: (reply: FastifyReply, secret: string) => write(reply, secret, SESSION_LIFETIME / 1_000),
    clear: (reply: FastifyReply) => write(reply, "", 0),
  };
}
export type SessionCookie = ReturnType<typeof sessionCookie>;
