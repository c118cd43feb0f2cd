import type { Properties } from "../api.ts";

/** What an event cannot do without: members of its own part, and of the payload beside it. */
const REQUIRED: Record<string, string> = {
  ProductPage: "productKey",
  CategoryPage: "categoryKey",
  AddToWishlist: "productKey",
  SearchRequest: "search",
  StatusCart: "productKey price quantity",
  PurchasedItems: "productKey price quantity",
  ProductImpressions: "product_id container_type",
};
const BESIDE: Record<string, string> = { StatusCart: "GUID", PurchasedItems: "OrderNumber" };
/** Named without its s in the documents. */
const PARTS: Record<string, string> = { ProductImpressions: "ProductImpression" };

export interface Said {
  /** About the person: for the claim, never for an event. */
  readonly general: Properties;
  /** The event's payload, types as they came. */
  readonly properties: Properties;
}

const isObject = (value: unknown): value is Properties => !!value && typeof value === "object" && !Array.isArray(value);

const missingIn = (part: unknown, names = ""): string[] =>
  names.split(" ").filter((name) => name && (part as Properties | undefined)?.[name] == null);

/** Takes a payload apart: `GeneralInfo` and `CustomerData` may stand beside the event's own part or inside. */
export const takeApart = (name: string, payload: unknown): Said => {
  const key = PARTS[name] ?? name;
  const { GeneralInfo, CustomerData, ...properties } = { ...(payload as Properties) };
  let general: Properties = { ...(GeneralInfo as Properties), ...(CustomerData as Properties) };
  let part = properties[key] ?? properties[name];
  if (isObject(part)) {
    const { GeneralInfo: inside, CustomerData: customer, ...rest } = part;
    general = { ...general, ...(inside as Properties), ...(customer as Properties) };
    properties[key in properties ? key : name] = part = rest;
  }
  const items = Array.isArray(part) ? part : [part];
  const missing = [
    ...missingIn(properties, BESIDE[name]),
    ...(REQUIRED[name] ? items.flatMap((item) => missingIn(item, REQUIRED[name])) : []),
  ];
  if (missing.length) properties["missing"] = [...new Set(missing)];
  return { general, properties };
};

/** The claim that contact data of such a page makes. */
export const personIn = (general: Properties): Properties | undefined => {
  const { externalCustomerId, user_email, user_phone, user_name, user_es_contact_id: _, ...attributes } = general;
  if (!externalCustomerId && !user_email && !user_phone) return;
  return {
    externalId: externalCustomerId,
    email: user_email && `${user_email}`,
    phone: user_phone && `${user_phone}`,
    firstName: user_name && `${user_name}`.slice(0, 100),
    attributes,
    onlyRemember: true,
  };
};
