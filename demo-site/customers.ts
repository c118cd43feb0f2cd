import { createHash, randomBytes } from "node:crypto";
import type { Journal } from "./journal.ts";

export interface Customer {
  /** What the rest of the world calls the external customer id, e.g. `C-10001`. Never reused. */
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly passwordHash: string;
}

export interface Order {
  readonly number: string;
  readonly customerId: string | undefined;
  readonly cents: number;
  readonly pieces: number;
  readonly placedAt: number;
}

type Entry =
  | ({ readonly kind: "customer" } & Customer)
  | ({ readonly kind: "order" } & Order)
  | { readonly kind: "login"; readonly token: string; readonly customerId: string }
  | { readonly kind: "logout"; readonly token: string };

/** What the shop knows: its customers, who is logged in, and what was ordered. */
export interface CustomerBook {
  findByEmail(email: string): Customer | undefined;
  findBySession(token: string | undefined): Customer | undefined;
  /** Nothing when somebody else already registered with this email. */
  register(person: Omit<Customer, "id">): Promise<Customer | undefined>;
  /** The token for the session cookie. Only its hash is kept. */
  logIn(customer: Customer): Promise<string>;
  logOut(token: string): Promise<void>;
  placeOrder(order: Omit<Order, "number">): Promise<Order>;
  findOrder(number: string): Order | undefined;
  listOrders(customerId: string): readonly Order[];
}

const sameAddress = (email: string): string => email.trim().toLowerCase();
const hashToken = (token: string): string => createHash("sha256").update(token).digest("base64url");

function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && "kind" in value;
}

export async function openCustomerBook(journal: Journal): Promise<CustomerBook> {
  const byEmail = new Map<string, Customer>();
  const byId = new Map<string, Customer>();
  const sessions = new Map<string, string>();
  const orders = new Map<string, Order>();

  function remember(entry: Entry): void {
    switch (entry.kind) {
      case "customer":
        byId.set(entry.id, entry);
        byEmail.set(sameAddress(entry.email), entry);
        return;
      case "order":
        orders.set(entry.number, entry);
        return;
      case "login":
        sessions.set(entry.token, entry.customerId);
        return;
      case "logout":
        sessions.delete(entry.token);
    }
  }
  async function record(entry: Entry): Promise<void> {
    // Remembered before it is written, so that two people who register at once cannot get one number.
    remember(entry);
    await journal.append(entry);
  }

  for (const entry of await journal.readAll()) if (isEntry(entry)) remember(entry);

  return {
    findByEmail: (email) => byEmail.get(sameAddress(email)),
    findBySession: (token) => (token === undefined ? undefined : byId.get(sessions.get(hashToken(token)) ?? "")),
    async register(person) {
      if (byEmail.has(sameAddress(person.email))) return undefined;
      const customer = { ...person, id: `C-${10_001 + byId.size}` };
      await record({ kind: "customer", ...customer });
      return customer;
    },
    async logIn(customer) {
      const token = randomBytes(32).toString("base64url");
      await record({ kind: "login", token: hashToken(token), customerId: customer.id });
      return token;
    },
    logOut: (token) => record({ kind: "logout", token: hashToken(token) }),
    async placeOrder(order) {
      // Not a running number: whoever knows it sees the order.
      const placed = { ...order, number: `L-${randomBytes(5).toString("hex").toUpperCase()}` };
      await record({ kind: "order", ...placed });
      return placed;
    },
    findOrder: (number) => orders.get(number),
    listOrders: (customerId) => [...orders.values()].filter((order) => order.customerId === customerId).reverse(),
  };
}
