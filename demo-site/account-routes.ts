import type { FastifyInstance } from "fastify";
import type { Errors, Values } from "./fields.ts";
import { emptyForm, isEmail, readFields } from "./fields.ts";
import { accountPage, loggedOutPage, loginPage, registerPage } from "./pages/account.ts";
import { hashPassword, matchesPassword } from "./passwords.ts";
import type { Shop } from "./shop.ts";
import { endSession, findCustomer, introduce, leaveNote, openSession, sendPage } from "./shop.ts";

function checkRegistration(values: Values): Errors {
  return {
    ...(values["firstName"] === "" && { firstName: "Please tell us your first name." }),
    ...(values["lastName"] === "" && { lastName: "Please tell us your last name." }),
    ...(!isEmail(values["email"] ?? "") && { email: "That does not look like an email address." }),
    ...((values["password"] ?? "").length < 8 && { password: "The password needs at least 8 characters." }),
  };
}

function registrationRoutes(app: FastifyInstance, shop: Shop): void {
  app.get("/register", (request, reply) => {
    if (findCustomer(shop, request) !== undefined) return reply.redirect("/account", 303);
    return sendPage(shop, request, reply)(registerPage(emptyForm));
  });

  app.post("/register", async (request, reply) => {
    const values = readFields(request.body, ["firstName", "lastName", "email", "password"]);
    const refuse = (errors: Errors) => sendPage(shop, request, reply.code(422))(registerPage({ values, errors }));
    const errors = checkRegistration(values);
    if (Object.keys(errors).length > 0) return refuse(errors);
    const { firstName = "", lastName = "", email = "", password = "" } = values;
    const customer = await shop.book.register({
      firstName,
      lastName,
      email,
      passwordHash: await hashPassword(password),
    });
    if (customer === undefined)
      return refuse({ email: "There is an account with this email already. Log in instead." });
    await introduce(shop, customer, request);
    await openSession(shop, customer, reply);
    return reply.redirect("/account", 303);
  });
}

function loginRoutes(app: FastifyInstance, shop: Shop): void {
  app.get("/login", (request, reply) => {
    if (findCustomer(shop, request) !== undefined) return reply.redirect("/account", 303);
    return sendPage(shop, request, reply)(loginPage(emptyForm));
  });

  app.post("/login", async (request, reply) => {
    const values = readFields(request.body, ["email", "password"]);
    const customer = shop.book.findByEmail(values["email"] ?? "");
    const right = await matchesPassword(values["password"] ?? "", customer?.passwordHash);
    if (customer === undefined || !right) {
      const errors = { password: "Email and password do not belong together." };
      return sendPage(shop, request, reply.code(422))(loginPage({ values, errors }));
    }
    await introduce(shop, customer, request);
    await openSession(shop, customer, reply);
    return reply.redirect("/account", 303);
  });

  app.post("/logout", async (request, reply) => {
    await endSession(shop, request, reply);
    leaveNote(reply, "loggedOut");
    return reply.redirect("/logged-out", 303);
  });
  app.get("/logged-out", (request, reply) => sendPage(shop, request, reply)(loggedOutPage()));
}

export function accountRoutes(app: FastifyInstance, shop: Shop): void {
  registrationRoutes(app, shop);
  loginRoutes(app, shop);
  app.get("/account", (request, reply) => {
    const customer = findCustomer(shop, request);
    if (customer === undefined) return reply.redirect("/login", 303);
    const orders = shop.book.listOrders(customer.id);
    return sendPage(shop, request, reply)(accountPage({ customer, orders, backstoryUrl: shop.backstoryUrl }));
  });
}
