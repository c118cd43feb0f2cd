import type { ImportSettings } from "../../contract/imports.ts";
import { keysIn, nameOf, normaliseEmail, readRequest, type Known, type IdentityRequest } from "../identity/index.ts";
import type { BatchDeps, Candidacy } from "./batch.ts";
import type { Intent } from "./read-row.ts";

/** The row as a request of a back end, which it is: whoever uploads a file vouches for it. */
export function candidacyOf(intent: Intent, place: number, deps: BatchDeps): Candidacy {
  const { externalCustomerId, email, phone, fields } = intent;
  const { settings, cause, now } = deps;
  // No spread: this is done a million times.
  const request: IdentityRequest = {
    externalCustomerId,
    email,
    phone,
    fields,
    trust: "server",
    verb: "upsert",
    contactSource: "IMPORT",
    deleted: settings.deleted,
    newAddresses: settings.newAddresses === "unconfirmed" ? "unconfirmed" : undefined,
    moment: now,
    receivedAt: now,
    cause,
  };
  const normal = readRequest(request, deps);
  if ("kind" in normal) return { place, intent, request, normal: undefined, keys: [], names: [] };
  const keys = keysIn(normal);
  return { place, intent, request, normal, keys, names: keys.map(nameOf) };
}

/** Without what would replace something that the contact has: only gaps are filled. */
export function fillingOnly<Request extends IdentityRequest>(
  request: Request,
  target: Known | undefined,
  { existing }: Pick<ImportSettings, "existing">,
): Request {
  if (existing === "overwrite" || target === undefined) return request;
  const { attributes, additional, ...columns } = request.fields ?? {};
  const gaps = <Values extends Readonly<Record<string, unknown>>>(prefix: string, values: Values): Partial<Values> =>
    Object.fromEntries(
      Object.entries(values).filter(([name]) => target.values[prefix + name] === undefined),
    ) as Partial<Values>;
  const { email, phone, ...rest } = request;
  return {
    ...(rest as Request),
    ...(fits(target, "email", email) && { email }),
    ...(fits(target, "sms", phone) && { phone }),
    fields: {
      ...gaps("", columns),
      ...(attributes && { attributes: gaps("attributes.", attributes) }),
      ...(additional && { additional: gaps("fields.", additional) }),
    },
  };
}

/** The contact has no address of this kind, or this very one. */
function fits(target: Known, type: "email" | "sms", said: string | null | undefined): boolean {
  if (said === undefined || said === null) return false;
  const value = type === "email" ? normaliseEmail(said) : said;
  const own = target.channels.filter((channel) => channel.type === type && channel.current);
  return own.length === 0 || own.some((channel) => channel.value === value);
}
