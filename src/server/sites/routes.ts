import { domainToASCII } from "node:url";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import type { SiteId } from "../../contract/identifiers.ts";
import { DomainInput, TokenInput } from "../../contract/sites.ts";
import { findExternalId, findPerson, withoutAbsent, type PersonKey } from "../contacts/index.ts";
import { keyOf, type Keys } from "../http/auth.ts";
import { json, resource, sentence, speakCompatibly, type Endpoint } from "../http/compatible.ts";
import { problem } from "../http/problem.ts";
import { isBlockedIdentifier, issueIdentityToken, type IdentityDeps } from "../identity/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Sites } from "./index.ts";
import type { Site } from "./site.ts";

export interface SiteApiDeps extends IdentityDeps {
  readonly keys: Keys;
  readonly clock: Clock;
  readonly sites: Pick<Sites, "createSite" | "listSites">;
  readonly publicUrl: string;
}

/** What plug-ins need to set a shop up, and a back end to vouch for a browser. */
export function siteApiRoutes(app: FastifyInstance, deps: SiteApiDeps): void {
  void app.register(
    async (scope) => {
      speakCompatibly(scope);
      const api = { ...deps, scope };
      resource(api, "/site/domains", { POST: { scope: "site", answer: addDomain(deps) } });
      resource(api, "/site/script", { GET: { scope: "site", answer: showScript(deps) } });
      resource(api, "/auth/contact/token", { POST: { scope: "contacts:write", answer: giveToken(deps) } });
    },
    { prefix: "/api/v1" },
  );
}

/** `POST /site/domains`: makes a site. The domain itself is not called. */
function addDomain({ sites }: SiteApiDeps): Endpoint["answer"] {
  const read = reader(DomainInput, "domain");
  return async (request) => {
    if (keyOf(request).siteId !== null) throw problem(403, "foreign_site", "This key belongs to one site only.");
    const domain = hostOf(read(request.body).domain);
    if (domain === undefined) throw badRequest("domain has to be a name like shop.example.");
    if ((await sites.listSites()).some((site) => domainOf(site) === domain)) throw badRequest("Domain already exists");
    const outcome = await sites.createSite({ name: domain, url: `https://${domain}/` });
    if (outcome.kind === "refused") throw badRequest(outcome.faults.map(({ message }) => message).join(" "));
    if (outcome.kind === "unknown") throw new Error("A new site is not unknown.");
    return json({ result: "Domain was registered", siteId: outcome.site.siteKey });
  };
}

/** `GET /site/script`: the tag, ready to paste. */
function showScript(deps: SiteApiDeps): Endpoint["answer"] {
  return async (request) => {
    const { siteId, domain } = request.query as Readonly<Record<string, unknown>>;
    const wanted = await spokenFor(deps, request);
    const host = typeof domain === "string" ? hostOf(domain) : undefined;
    const site =
      typeof siteId === "string"
        ? wanted.find(({ siteKey }) => siteKey === siteId)
        : domain !== undefined
          ? wanted.find((candidate) => host !== undefined && domainOf(candidate) === host)
          : wanted.at(-1);
    if (site === undefined) throw problem(404, "unknown_site", "Site not found");
    return sentence(`<script defer src="${deps.publicUrl}/backstory.js" data-site="${site.siteKey}"></script>`);
  };
}

/** `POST /auth/contact/token` */
function giveToken(deps: SiteApiDeps): Endpoint["answer"] {
  const read = reader(TokenInput, "externalCustomerId, email or phone");
  return async (request) => {
    const input = read(request.body);
    const key = personIn(input);
    if (key === undefined) throw problem(400, "no_identifier", "Name the contact: externalCustomerId, email or phone.");
    const person = await findPerson(deps.db, key);
    const externalCustomerId = person.kind === "live" ? await findExternalId(deps.db, person.contactId) : undefined;
    const site = (await spokenFor(deps, request))[0];
    if (externalCustomerId === undefined || site === undefined) return json({ token: "" });
    const visitorId = input.visitorId ?? input.webId;
    return json({
      token: await issueIdentityToken(deps, { site, externalCustomerId, visitorId, now: deps.clock() }),
    });
  };
}

function personIn({ externalCustomerId, extid, email, phone }: TokenInput): PersonKey | undefined {
  const external = String(externalCustomerId ?? extid ?? "").trim();
  if (external !== "" && !isBlockedIdentifier(external)) return { by: "externalCustomerId", value: external };
  if (email !== undefined) return { by: "email", value: email };
  return phone === undefined ? undefined : { by: "phone", value: String(phone) };
}

/** The sites that the key speaks for, oldest first. */
async function spokenFor({ sites }: SiteApiDeps, request: FastifyRequest): Promise<Site[]> {
  const only: SiteId | null = keyOf(request).siteId;
  return (await sites.listSites()).filter(({ siteId }) => only === null || siteId === only);
}

/** `https://Shop.Example/path` → `shop.example` */
function hostOf(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^https?:\/\//i, "")
    .replace(/[/?#].*$/, "");
  const host = domainToASCII(bare).toLowerCase();
  return /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(host) ? host : undefined;
}

const domainOf = ({ url }: Site) => (url === null ? undefined : hostOf(url));

function reader<Schema extends TSchema>(schema: Schema, members: string): (body: unknown) => Static<Schema> {
  const check = Compile(schema);
  return (body) => {
    const input = withoutAbsent(body);
    if (check.Check(input)) return input;
    const place = check.Errors(input)[0]?.instancePath.slice(1).replaceAll("/", ".") ?? "";
    throw badRequest(place === "" ? `The body has to be a JSON object with ${members}.` : `${place} is not valid.`);
  };
}

const badRequest = (text: string) => problem(400, "invalid", text);
