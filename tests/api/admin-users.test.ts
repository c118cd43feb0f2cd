import { beforeAll, expect, test } from "vitest";
import { adminWorld, type AdminBrowser, type AdminWorld } from "../support/admin-world.ts";

let world: AdminWorld;
let owner: AdminBrowser;
beforeAll(async () => {
  world = await adminWorld();
  owner = await world.logIn();
});

interface Listed {
  readonly users: readonly { readonly id: number; readonly login: string; readonly role: string }[];
}
async function idOf(login: string): Promise<number> {
  const { users } = (await owner.call("GET", "/users")).json() as Listed;
  return users.find((user) => user.login === login)?.id ?? 0;
}
const add = async (login: string, role: string) => owner.call("POST", "/users", { body: { login, role } });
const passwordIn = (answer: { json(): unknown }) => (answer.json() as { oneTimePassword: string }).oneTimePassword;

test("a new user logs in with the one-time password and can do nothing before choosing another", async () => {
  const made = await add("Ann@Example.org", "marketer");
  expect(made.status).toBe(200);
  const ann = await world.logIn("ann@example.org", passwordIn(made));
  expect((await ann.call("GET", "/contacts")).json()).toMatchObject({ code: "password_change_required" });
  const body = { current: passwordIn(made), next: "a password of my own" };
  expect((await ann.call("POST", "/password", { body })).status).toBe(200);
});

test("a role counts at once in sessions that are open", async () => {
  await add("role", "developer");
  await world.db.query("UPDATE admin_user SET must_change_password = false, login = 'viewer' WHERE login = 'role'");
  const browser = await world.as("viewer");
  expect((await browser.call("GET", "/keys")).status).toBe(200);
  expect((await owner.call("PATCH", `/users/${await idOf("viewer")}`, { body: { role: "viewer" } })).status).toBe(204);
  expect((await browser.call("GET", "/keys")).status).toBe(403);
});

test("a new password and a removal end every session of that user", async () => {
  const made = await add("gone", "viewer");
  const first = await world.logIn("gone", passwordIn(made));
  const again = await owner.call("POST", `/users/${await idOf("gone")}/password`);
  expect((await first.call("GET", "/session")).status).toBe(401);
  const second = await world.logIn("gone", passwordIn(again));
  expect((await owner.call("DELETE", `/users/${await idOf("gone")}`)).status).toBe(204);
  expect((await second.call("GET", "/session")).status).toBe(401);
});

test("the last owner stays, whatever is asked at once", async () => {
  await add("second", "owner");
  const [first, second] = [await idOf("admin"), await idOf("second")];
  const answers = await Promise.all([
    owner.call("PATCH", `/users/${second}`, { body: { role: "viewer" } }),
    owner.call("DELETE", `/users/${first}`),
  ]);
  // Whoever asks once their own removal is done is nobody any more.
  const told = answers.map((answer) => (answer.status === 204 ? "done" : (answer.json() as { code: string }).code));
  expect([
    ["done", "last_owner"],
    ["done", "login_required"],
  ]).toContainEqual(told.sort());
  const owners = await world.db.query("SELECT login FROM admin_user WHERE role = 'owner'");
  expect(owners).toHaveLength(1);
});

test.each([
  ["a b", 400, "bad_login"],
  ["x", 400, "bad_login"],
  ["<script>", 400, "bad_login"],
])("the login %j is refused", async (login, status, code) => {
  const browser = await world.as("owner");
  const answer = await browser.call("POST", "/users", { body: { login, role: "viewer" } });
  expect(answer.json()).toMatchObject({ status, code });
});
