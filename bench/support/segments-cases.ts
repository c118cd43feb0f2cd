import type { ConditionGroup } from "../../src/contract/segments.ts";

const all = (...of: ConditionGroup["of"]): ConditionGroup => ({ kind: "all", of });
const visited = { kind: "event", event: "page", operator: "atLeast", times: 1 } as const;
const field = (
  name: string,
  operator: "empty" | "notEmpty" | "is" | "contains" | "inLast",
  ...values: (string | number)[]
) => ({ kind: "field", field: name, operator, values }) as const;

/** Conditions on fields. */
export const FIELDS: readonly (readonly [string, ConditionGroup])[] = [
  ["External ID is empty (100,000)", all(field("externalCustomerId", "empty"))],
  ["External ID is not empty (900,000)", all(field("externalCustomerId", "notEmpty"))],
  ["town is Київ or Львів", all(field("town", "is", "київ", "ЛЬВІВ"))],
  ["last name contains ко", all(field("lastName", "contains", "ко"))],
  ["created in the last 7 days", all(field("createdAt", "inLast", 7))],
  ["email status is confirmed", all(field("emailStatus", "is", "confirmed"))],
  ["email contains gmail", all(field("email", "contains", "gmail"))],
  ["email is empty", all(field("email", "empty"))],
  ["there is a device", all(field("device", "notEmpty"))],
  ["lists include Newsletter (333,334)", all(field("list", "is", 1))],
  [
    "(no External ID or town is Wien) and not (no email or device)",
    all(
      { kind: "any", of: [field("externalCustomerId", "empty"), field("town", "is", "Wien")] },
      { kind: "none", of: [field("email", "empty"), field("device", "notEmpty")] },
    ),
  ],
];

/** Conditions on what happened. */
export const HAPPENED: readonly (readonly [string, ConditionGroup])[] = [
  ["visited /pricing in the last 7 days", all({ ...visited, address: "/pricing", days: 7 })],
  ["visited /pricing twice in the last 7 days", all({ ...visited, address: "/pricing", times: 2, days: 7 })],
  ["visited /pricing at any time", all({ ...visited, address: "/pricing" })],
  ["visited /pricing at least 3 times", all({ ...visited, address: "/pricing", times: 3 })],
  ["visited any page at any time", all(visited)],
  ["visited any page at least 2 times", all({ ...visited, times: 2 })],
  ["visited any page at least 50 times", all({ ...visited, times: 50 })],
  ["visited any page fewer than 3 times", all({ ...visited, operator: "lessThan", times: 3 })],
  ["never visited any page", all({ ...visited, operator: "lessThan" })],
  ["Added to cart in the last 30 days", all({ ...visited, event: "Added to cart", days: 30 })],
  [
    "no External ID and visited /pricing in 30 days, not in 7",
    all(
      field("externalCustomerId", "empty"),
      { ...visited, address: "/pricing", days: 30 },
      { ...visited, address: "/pricing", days: 7, operator: "lessThan" },
    ),
  ],
];
