import { ById } from "../../../contract/admin/pieces.ts";
import { NewUser, OneTimePassword, UserChange, UserList } from "../../../contract/admin/users.ts";
import type { Database } from "../../db/database.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import type { Clock } from "../../lib/clock.ts";
import { adminRoute, type AdminRoute } from "../route.ts";
import { changeRole, createUser, listUsers, removeUser, resetPassword, type User, type UserFault } from "../users.ts";

export interface UserRouteDeps {
  readonly db: Database;
  readonly clock: Clock;
}

/** Who may log in, and as what. */
export function userRoutes(deps: UserRouteDeps): AdminRoute[] {
  return [
    adminRoute({
      method: "GET",
      path: "/users",
      need: "users.read",
      answer: UserList,
      carryOut: async () => ({ users: (await listUsers(deps)).map(tellUser) }),
    }),
    adminRoute({
      method: "POST",
      path: "/users",
      need: "users.write",
      body: NewUser,
      answer: OneTimePassword,
      async carryOut({ body }) {
        const outcome = await createUser(deps, body);
        if (outcome.kind !== "done") throw refusal(outcome);
        return { login: body.login.trim().toLowerCase(), oneTimePassword: outcome.oneTimePassword };
      },
    }),
    adminRoute({
      method: "PATCH",
      path: "/users/:id",
      need: "users.write",
      params: ById,
      body: UserChange,
      async carryOut({ params, body }) {
        const outcome = await changeRole(deps, { adminUserId: params.id, role: body.role });
        if (outcome.kind !== "done") throw refusal(outcome);
      },
    }),
    adminRoute({
      method: "POST",
      path: "/users/:id/password",
      need: "users.write",
      params: ById,
      answer: OneTimePassword,
      async carryOut({ params }) {
        const user = (await listUsers(deps)).find(({ adminUserId }) => adminUserId === params.id);
        const outcome = user === undefined ? undefined : await resetPassword(deps, user.login);
        if (user === undefined || outcome?.kind !== "done") throw refusal({ kind: "unknownUser" });
        return { login: user.login, oneTimePassword: outcome.oneTimePassword };
      },
    }),
    adminRoute({
      method: "DELETE",
      path: "/users/:id",
      need: "users.write",
      params: ById,
      async carryOut({ params }) {
        const outcome = await removeUser(deps, params.id);
        if (outcome.kind !== "done") throw refusal(outcome);
      },
    }),
  ];
}

function tellUser({ adminUserId, ...user }: User) {
  return { id: adminUserId, ...user };
}

function refusal(fault: UserFault): HttpProblem {
  switch (fault.kind) {
    case "badLogin":
      return problem(400, "bad_login", "A login has 2 to 64 letters a–z, digits and . _ @ + -, without blanks.");
    case "loginTaken":
      return problem(409, "login_taken", "There is a user with this login already.");
    case "unknownUser":
      return problem(404, "unknown_user", "There is no such user any more.");
    case "lastOwner":
      return problem(
        409,
        "last_owner",
        "This is the last owner, and somebody has to be. Make somebody else owner first.",
      );
  }
}
