import type { FastifyInstance } from "fastify";
import { KIB, MIB, resource, speakCompatibly, type Api } from "../http/compatible.ts";
import { problem } from "../http/problem.ts";
import { createRateLimiter } from "../http/rate-limit.ts";
import { startBulkWorker } from "./bulk/worker.ts";
import { tellAccount, tellVersion } from "./routes/account.ts";
import { showImport, takeBulk } from "./routes/bulk.ts";
import { addContact, subscribeContact } from "./routes/add.ts";
import { deleteByExternalId } from "./routes/by-external-id.ts";
import { changeContact, deleteById, showContact } from "./routes/by-id.ts";
import { changeCategories, showCategories } from "./routes/categories.ts";
import type { ContactApiDeps } from "./routes/deps.ts";
import { changeUnsubscribed } from "./routes/unsubscribed.ts";
import { takeEvent } from "./routes/events.ts";
import { explain } from "./routes/explanation.ts";
import { forecastAddition, forecastChange, forecastSignUp } from "./routes/forecasts.ts";
import { addField, changeField, removeField, showAddressBooks, showField, showFields } from "./routes/fields.ts";
import { attach, detach, showGroups, showMembers } from "./routes/groups.ts";
import { takeOrders } from "./routes/orders.ts";
import { findContacts, showEmails } from "./routes/search.ts";
import { takeLink } from "./routes/upload.ts";

/** The contact API of back ends: `/api/v1/…`. Clients of other systems speak it, so its words are kept to the letter. */
export function contactRoutes(app: FastifyInstance, deps: ContactApiDeps): void {
  void app.register(
    async (scope) => {
      speakCompatibly(scope);
      mount({ ...deps, scope }, deps);
      scope.setNotFoundHandler(() => {
        throw problem(404, "not_found", "This address of the API was not found.");
      });
    },
    { prefix: "/api/v1" },
  );
  void app.register(
    async (scope) => {
      speakCompatibly(scope);
      resource({ ...deps, scope }, "/event", { POST: { ...EVENT, answer: takeEvent(deps, 2) } });
    },
    { prefix: "/api/v2" },
  );
}

const EVENT = { scope: "events", bodyLimit: 20 * KIB } as const;

function mount(api: Api, deps: ContactApiDeps): void {
  const { requestsPerSecond = 2_000 } = deps;
  const limiter = createRateLimiter({ perSecond: requestsPerSecond, burst: requestsPerSecond }, deps.clock);
  const write = { scope: "contacts:write", limiter } as const;
  const single = { ...write, bodyLimit: 256 * KIB };
  const read = { scope: "contacts:read" } as const;
  const remove = { scope: "contacts:delete" } as const;

  resource(api, "/contact", {
    POST: { ...single, answer: addContact(deps), forecast: forecastAddition(deps) },
    DELETE: { ...remove, answer: deleteByExternalId(deps) },
  });
  resource(api, "/contact/subscribe", {
    POST: { ...single, answer: subscribeContact(deps), forecast: forecastSignUp(deps) },
  });
  resource(api, "/contact/:id", {
    GET: { ...read, answer: showContact(deps) },
    PUT: { ...single, answer: changeContact(deps), forecast: forecastChange(deps) },
    DELETE: { ...remove, answer: deleteById(deps) },
  });
  resource(api, "/contact/:id/explanation", { GET: { ...read, answer: explain(deps) } });
  resource(api, "/contact/:id/subscriptions", {
    GET: { ...read, answer: showCategories(deps) },
    PUT: { ...single, answer: changeCategories(deps) },
  });
  const worker = startBulkWorker({ ...deps, log: api.scope.log });
  api.scope.addHook("onClose", () => worker.close());
  resource(api, "/contacts", {
    GET: { ...read, answer: findContacts(deps) },
    POST: { ...write, bodyLimit: 16 * MIB, answer: takeBulk(deps, worker) },
  });
  resource(api, "/contacts/upload", { POST: { ...write, answer: takeLink(deps, worker) } });
  resource(api, "/importstatus/:id", { GET: { ...read, answer: showImport(deps) } });
  resource(api, "/contacts/email", { GET: { ...read, answer: showEmails(deps) } });
  resource(api, "/fields", {
    GET: { ...read, answer: showFields(deps) },
    POST: { ...write, answer: addField(deps) },
  });
  resource(api, "/fields/:id", {
    GET: { ...read, answer: showField(deps) },
    PUT: { ...write, answer: changeField(deps) },
    DELETE: { ...remove, answer: removeField(deps) },
  });
  resource(api, "/groups", { GET: { ...read, answer: showGroups(deps) } });
  resource(api, "/group/:id/contacts", { GET: { ...read, answer: showMembers(deps) } });
  resource(api, "/group/:id/contacts/attach", { POST: { ...write, answer: attach(deps) } });
  resource(api, "/group/:id/contacts/detach", { POST: { ...write, answer: detach(deps) } });
  resource(api, "/emails/unsubscribed/add", { POST: { ...write, answer: changeUnsubscribed(deps, "add") } });
  resource(api, "/emails/unsubscribed/delete", { POST: { ...write, answer: changeUnsubscribed(deps, "remove") } });
  resource(api, "/event", { POST: { ...EVENT, answer: takeEvent(deps, 1) } });
  resource(api, "/orders", { POST: { scope: "events", limiter, answer: takeOrders(deps) } });
  resource(api, "/addressbooks", { GET: { ...read, answer: showAddressBooks(deps) } });
  resource(api, "/version", { GET: { scope: "any", answer: tellVersion } });
  resource(api, "/account/info", { GET: { scope: "any", answer: tellAccount(deps) } });
}
