import { Compile } from "typebox/compile";
import { OrderInput } from "../../contract/orders.ts";
import type { Instant } from "../../contract/identifiers.ts";
import { retried, isBlockedIdentifier, type IdentityDeps } from "../identity/index.ts";
import type { Transaction } from "../db/database.ts";
import { instantOfText } from "../lib/date-text.ts";
import { derivedEventId } from "../lib/derived-id.ts";
import type { Caller } from "./contact-calls.ts";
import { withoutAbsent } from "./contact-input.ts";
import { findPerson, timeOf } from "./event-calls.ts";
import type { PersonKey } from "./event-input.ts";
import { appendContactEvent, rejectEvent } from "./event-store.ts";

export const MAX_ORDERS = 1_000;
const order = Compile(OrderInput);

interface Order {
  readonly person: PersonKey | undefined;
  readonly occurredAt: Instant;
  readonly properties: OrderInput;
}

export type OrdersReading =
  | { readonly kind: "read"; readonly orders: readonly Order[] }
  | { readonly kind: "refused"; readonly sentence: string };

export function readOrders(body: unknown): OrdersReading {
  const list = typeof body === "object" && body !== null && "orders" in body ? body.orders : undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_ORDERS)
    return refused(`orders has to be a list of 1 to ${MAX_ORDERS} orders.`);
  const orders: Order[] = [];
  for (const [index, raw] of list.entries()) {
    const said = withoutAbsent(raw);
    if (!order.Check(said)) {
      const place = order.Errors(said)[0]?.instancePath.replaceAll("/", ".") ?? "";
      return refused(
        `orders.${index}${place} is not valid: externalOrderId, totalCost, status, date and currency are needed.`,
      );
    }
    const occurredAt = instantOfText(said.date);
    if (occurredAt === undefined) return refused(`orders.${index}.date has to be a time like 2026-06-16T11:40.`);
    orders.push({ person: personIn(said), occurredAt, properties: said });
  }
  return { kind: "read", orders };
}

function personIn({ externalCustomerId, email, phone }: OrderInput): PersonKey | undefined {
  const external = String(externalCustomerId ?? "").trim();
  if (external !== "" && !isBlockedIdentifier(external)) return { by: "externalCustomerId", value: external };
  if (email !== undefined) return { by: "email", value: email };
  return phone === undefined ? undefined : { by: "phone", value: String(phone) };
}

/** Each becomes an event `order` of the contact that it names; one of nobody who is known is kept apart. */
export async function appendOrders(
  deps: Pick<IdentityDeps, "db">,
  { orders, caller }: { readonly orders: readonly Order[]; readonly caller: Caller },
  alongside: (tx: Transaction) => Promise<void>,
): Promise<void> {
  await retried(deps.db, async (tx) => {
    for (const said of orders) await appendOrder(tx, said, caller);
    await alongside(tx);
  });
}

async function appendOrder(tx: Transaction, { person, occurredAt, properties }: Order, caller: Caller): Promise<void> {
  const { siteId, now } = caller;
  const found = person && (await findPerson(tx, person));
  if (found === undefined || found.kind === "unknown" || found.kind === "erased")
    return rejectEvent(tx, { siteId, now, event: { name: "order", person, properties } });
  await appendContactEvent(tx, {
    // The same order in the same state is the same event, so that a call may be repeated.
    eventId: derivedEventId(["order", siteId, properties], occurredAt),
    siteId,
    contactId: found.contactId,
    name: "order",
    occurredAt: timeOf({ occurredAt }, now),
    receivedAt: now,
    properties,
    context: { keyValue: String(properties.externalOrderId) },
  });
}

const refused = (sentence: string): OrdersReading => ({ kind: "refused", sentence });
