import { defineCommand } from "citty";
import { createUser, listUsers, resetPassword, type UserFault } from "../../server/admins/index.ts";
import { command } from "../command.ts";
import { Failed, Misused } from "../outcome.ts";
import { table } from "../table.ts";

const ROLES = ["owner", "marketer", "developer", "viewer"] as const;

const create = command({
  name: "create",
  description: "Let somebody log in, with a one-time password",
  args: {
    login: { type: "positional", description: "What they type to log in", required: true },
    role: { type: "string", description: `One of ${ROLES.join(", ")}`, default: "viewer" },
  },
  run: ({ login, role: word }, { within, say }) =>
    within(async ({ db }) => {
      const role = ROLES.find((known) => known === word);
      if (role === undefined) throw new Misused(`"${word}" is no role; there are ${ROLES.join(", ")}`);
      const outcome = await createUser({ db, clock: Date.now }, { login, role });
      if (outcome.kind !== "done") throw refused(outcome, login);
      const { oneTimePassword } = outcome;
      say(
        { login, role, oneTimePassword },
        `${login} may log in as ${role} with the one-time password ${oneTimePassword}`,
      );
    }),
});

const reset = command({
  name: "reset-password",
  description: "Give somebody a one-time password and end their sessions",
  args: { login: { type: "positional", description: "What they type to log in", required: true } },
  run: ({ login }, { within, say }) =>
    within(async ({ db }) => {
      const outcome = await resetPassword({ db }, login);
      if (outcome.kind !== "done") throw refused(outcome, login);
      const { oneTimePassword } = outcome;
      say({ login, oneTimePassword }, `${login} may log in with the one-time password ${oneTimePassword}`);
    }),
});

const list = command({
  name: "list",
  description: "Show who may log in",
  run: (_args, { within, say }) =>
    within(async ({ db }) => {
      const users = await listUsers({ db });
      const rows = users.map(({ login, role, lastLoginAt }) => [
        login,
        role,
        lastLoginAt === null ? "never" : new Date(lastLoginAt).toISOString(),
      ]);
      say(users, rows.length === 0 ? "Nobody may log in." : table(["login", "role", "last login"], rows));
    }),
});

function refused(fault: UserFault, login: string): Failed {
  switch (fault.kind) {
    case "badLogin":
      return new Failed(`"${login}" cannot be a login: 2 to 64 letters a–z, digits and . _ @ + -, without blanks.`);
    case "loginTaken":
      return new Failed(
        `There is a user ${login} already. \`backstory user reset-password ${login}\` lets them in again.`,
      );
    case "unknownUser":
      return new Failed(`There is no user ${login}. \`backstory user list\` shows who there is.`);
    case "lastOwner":
      return new Failed(`${login} is the last owner, and somebody has to be.`);
  }
}

export const user = defineCommand({
  meta: { name: "user", description: "People who use the admin" },
  subCommands: { create, "reset-password": reset, list },
});
