import { eventually } from "../support/eventually.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";

const SHOP = "https://shop.example";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const PAGES = [
  ["/", "Green Corner: plants for every room"],
  ["/shop", "All plants"],
  ["/products/monstera", "Monstera deliciosa"],
  ["/guides/light", "How much light does it need?"],
  ["/delivery", "Delivery and returns"],
  ["/register", "Create your account"],
] as const;

/** Invented people: first and last name, and whether they have an external ID. */
const PEOPLE = [
  ["Anna", "Kowalska", true],
  ["Ben", "Carter", true],
  ["Олена", "Шевченко", true],
  ["Dora", "Novak", false],
  ["Emil", "Lind", true],
  ["Fatima", "Haddad", false],
  ["Greta", "Berg", true],
  ["Hanna", "Lis", false],
] as const;

type Parts = Readonly<Record<string, unknown>> & { readonly at: number };

/** Visitors, sign-ups, a claim, a confirmation mail and segments, said by the tracker and the admin's own calls. */
export async function fillShop(server: ServerProcess): Promise<void> {
  const now = Date.now();
  const call = await adminCalls(server);
  // One after another, so that the numbers of the contacts are the same each time.
  for (const [index, person] of PEOPLE.entries()) {
    await say(server, `visitor-of-person-0${index}`, storyOf(person, now - (PEOPLE.length - 1 - index) * HOUR));
    await eventually(async () => {
      const { total } = await call("GET", "/contacts/count");
      if (total !== index + 1) throw new Error(`There are ${String(total)} contacts after ${index + 1} sign-ups.`);
    });
  }
  await say(server, "visitor-of-stranger-1", [
    { type: "page", at: now - 3 * MINUTE, url: `${SHOP}/`, title: PAGES[0][1] },
    { type: "identify", at: now - 2 * MINUTE, email: "kowalska@shop.example", url: `${SHOP}/login` },
  ]);
  await say(server, "visitor-of-reader-01", [
    { type: "subscribe", at: now - MINUTE, email: "reader@example.org", url: `${SHOP}/newsletter` },
  ]);
  const isEmpty = { kind: "field", field: "externalCustomerId", operator: "empty" };
  await call("POST", "/segments", { name: "Without an external ID", condition: { kind: "all", of: [isEmpty] } });
  await call("POST", "/segments", { name: "Invited to the spring sale" });
  await call("POST", "/fields", { key: "points", name: "Loyalty points", type: "number" });
  await call("POST", "/keys", { name: "Shop server", scopes: ["contacts:read", "contacts:write"] });
  await call("POST", "/users", { login: "marketing@shop.example", role: "marketer" });
}

function storyOf([firstName, lastName, isCustomer]: (typeof PEOPLE)[number], end: number): Parts[] {
  const number = PEOPLE.findIndex(([, other]) => other === lastName);
  const views = PAGES.map(([path, title], index) => ({
    type: "page",
    at: end - 2 * HOUR + index * 2 * MINUTE,
    url: SHOP + path,
    title,
    ...(index === 0 && { referrer: "https://search.example/" }),
  }));
  const address = number === 2 ? "olena" : lastName.toLowerCase();
  return [
    ...views,
    {
      type: "identify",
      at: end - 100 * MINUTE,
      url: `${SHOP}/register`,
      firstName,
      lastName,
      email: `${address}@shop.example`,
      ...(isCustomer && { externalCustomerId: `C-1000${number}`, phone: `+4860012340${number}` }),
    },
    { type: "page", at: end - 98 * MINUTE, url: `${SHOP}/account`, title: "Your account" },
    { type: "track", at: end - 95 * MINUTE, name: "Added to cart", url: `${SHOP}/cart`, properties: { sku: "MON-1" } },
  ];
}

async function say({ url, siteKey }: ServerProcess, visitorId: string, parts: readonly Parts[]): Promise<void> {
  const messages = parts.map((part) => ({ ...part, id: uuidv7(part.at), visitorId }));
  const answer = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: JSON.stringify({ site: siteKey, sentAt: Date.now(), messages }),
  });
  const told = (await answer.json()) as { readonly rejected?: readonly unknown[] };
  if (!answer.ok || told.rejected?.length !== 0) throw new Error(`The batch was refused: ${JSON.stringify(told)}`);
}

/** What the admin's screens would ask for, as its first user. */
async function adminCalls({ url, adminPassword }: ServerProcess) {
  const headers = { "content-type": "application/json", origin: url, "sec-fetch-site": "same-origin" };
  const body = JSON.stringify({ login: "admin", password: adminPassword });
  const session = await fetch(`${url}/admin/api/session`, { method: "POST", headers, body });
  const cookie = session.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  return async (method: string, path: string, asked?: Readonly<Record<string, unknown>>) => {
    const answer = await fetch(`${url}/admin/api${path}`, {
      method,
      headers: { ...headers, cookie },
      ...(asked !== undefined && { body: JSON.stringify(asked) }),
    });
    if (!answer.ok) throw new Error(`${path} was refused: ${await answer.text()}`);
    return (await answer.json()) as Readonly<Record<string, unknown>>;
  };
}
