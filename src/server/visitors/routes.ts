import type { FastifyInstance, onRequestHookHandler } from "fastify";
import { MESSAGES_PATH } from "../../contract/wire.ts";
import { lookFirst } from "../http/first-look.ts";
import { ALLOW_EVERY_ORIGIN, createIntake, type IntakeDeps } from "./intake.ts";

export type VisitorDeps = IntakeDeps;

/** The public intake: `POST /v1/messages`. */
export function visitorRoutes(app: FastifyInstance, deps: VisitorDeps): void {
  const intake = createIntake(deps);
  void app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    scope.addHook("onRequest", (_request, reply, done) => {
      void reply.headers(ALLOW_EVERY_ORIGIN);
      done();
    });
    scope.options(MESSAGES_PATH, (_request, reply) =>
      reply
        .code(204)
        .headers({
          "access-control-allow-methods": "POST",
          "access-control-allow-headers": "content-type, content-encoding",
          "access-control-max-age": "86400",
        })
        .send(),
    );
    const takeOver: onRequestHookHandler = (request, reply) => intake.take(request.raw, reply.hijack().raw);
    scope.post(MESSAGES_PATH, { onRequest: takeOver }, () => undefined);
    scope.addHook("preClose", (done) => {
      intake.endConnections();
      done();
    });
    scope.addHook("onClose", () => intake.close());
    registered();
  });
  lookFirst(app, { method: "POST", path: MESSAGES_PATH }, (request, response) => intake.take(request, response));
}
