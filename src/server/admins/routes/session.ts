import { Credentials, Me, PasswordChange } from "../../../contract/admin/session.ts";
import { MIN_PASSWORD_LENGTH } from "../../../contract/wire.ts";
import { type HttpProblem, problem } from "../../http/problem.ts";
import type { TrackerFile } from "../../http/tracker-file.ts";
import type { SessionCookie } from "../cookie.ts";
import { adminRoute, sessionOf, type AdminCall, type AdminRoute } from "../route.ts";
import { rightsOf, type PasswordFault } from "../rules.ts";
import type { Sessions } from "../session.ts";
import type { SessionRow } from "../store.ts";

export interface SessionRouteDeps {
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  readonly publicUrl: string;
  readonly mailIsCaptured: boolean;
  readonly tracker: TrackerFile | undefined;
}

/** Log in, see who one is, change the password, log out. */
export function sessionRoutes({ sessions, cookie, tracker, ...installation }: SessionRouteDeps): AdminRoute[] {
  const { publicUrl, mailIsCaptured } = installation;
  const describe = ({ login, role, mustChangePassword }: SessionRow): Me => ({
    login,
    role,
    rights: [...rightsOf(role)],
    mustChangePassword,
    publicUrl,
    mailIsCaptured,
    tracker: tracker === undefined ? null : { path: tracker.hashedPath, integrity: tracker.integrity },
  });
  return [
    adminRoute({
      method: "POST",
      path: "/session",
      need: "nobody",
      body: Credentials,
      answer: Me,
      async carryOut({ body, request, reply }) {
        const outcome = await sessions.login(body, request.ip);
        switch (outcome.kind) {
          case "wrong":
            throw problem(401, "wrong_credentials", "The name or the password is wrong.");
          case "tooMany":
            throw tooMany(outcome.waitMs);
          case "loggedIn":
            // A session that this browser had before ends with the new one.
            await endSession({ sessions, cookie }, { request });
            cookie.set(reply, outcome.secret);
            return describe(outcome.session);
        }
      },
    }),
    adminRoute({
      method: "GET",
      path: "/session",
      need: "session",
      answer: Me,
      carryOut: async (call) => describe(sessionOf(call)),
    }),
    adminRoute({
      method: "DELETE",
      path: "/session",
      need: "session",
      async carryOut({ request, reply }) {
        await endSession({ sessions, cookie }, { request });
        cookie.clear(reply);
      },
    }),
    adminRoute({
      method: "POST",
      path: "/password",
      need: "session",
      body: PasswordChange,
      answer: Me,
      async carryOut(call) {
        const outcome = await sessions.changePassword(sessionOf(call), call.body);
        switch (outcome.kind) {
          case "wrong":
            throw problem(403, "wrong_password", "The current password is wrong. Nothing was changed.");
          case "tooMany":
            throw tooMany(outcome.waitMs);
          case "refused":
            throw problem(400, "password_refused", sentenceOf[outcome.fault]);
          case "changed":
            cookie.set(call.reply, outcome.secret);
            return describe(outcome.session);
        }
      },
    }),
  ];
}

async function endSession(
  { sessions, cookie }: Pick<SessionRouteDeps, "sessions" | "cookie">,
  { request }: Pick<AdminCall, "request">,
): Promise<void> {
  const secret = cookie.read(request);
  if (secret !== undefined) await sessions.end(secret);
}

const sentenceOf: Readonly<Record<PasswordFault, string>> = {
  tooShort: `The new password is too short. Use at least ${MIN_PASSWORD_LENGTH} characters.`,
  sameAsBefore: "The new password is the current one. Choose another.",
  likeLogin: "The new password is little more than your name. Choose another.",
};

function tooMany(waitMs: number): HttpProblem {
  const retryAfter = Math.ceil(waitMs / 1_000);
  const minutes = Math.ceil(retryAfter / 60);
  return problem(429, "too_many_attempts", `Too many attempts. Wait ${minutes} min, then try again.`, { retryAfter });
}
