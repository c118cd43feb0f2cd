import type { FastifyInstance } from "fastify";

/** `/healthz`: the process lives. `/readyz`: it can be sent traffic, i.e. the database answers and no shutdown began. */
export function healthRoutes(app: FastifyInstance, { isReady }: { readonly isReady: () => Promise<boolean> }): void {
  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const ready = await isReady().catch(() => false);
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not ready" });
  });
}
