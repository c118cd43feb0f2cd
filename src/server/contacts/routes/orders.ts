import { sentence, type Endpoint } from "../../http/compatible.ts";
import { appendOrders, readOrders } from "../order-calls.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, callerOf } from "./refusals.ts";

const DONE = sentence("");

/** `POST /orders` */
export function takeOrders(deps: ContactApiDeps): Endpoint["answer"] {
  return async (request, keep) => {
    const reading = readOrders(request.body);
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    await appendOrders(deps, { orders: reading.orders, caller: callerOf(request, deps) }, (tx) => keep(tx, DONE));
    return DONE;
  };
}
