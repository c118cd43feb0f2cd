// 3,000 contacts in one upload, from the request to the last one applied; first new, then known.
// npx tsx bench/upload.ts
import { createApp } from "../src/server/app.ts";
import { createApiKey, SCOPES } from "../src/server/db/api-keys.ts";
import { createLog } from "../src/server/lib/log.ts";
import { createServices } from "../src/server/services.ts";
import { withDatabase } from "./database.ts";

const contacts = Array.from({ length: 3_000 }, (_, n) => ({
  externalCustomerId: `customer-${n}`,
  firstName: `Name ${n}`,
  channels: [{ type: "email", value: `customer-${n}@shop.example` }],
}));

await withDatabase(async (db) => {
  const { secret } = await createApiKey(db, { name: "bench", scopes: SCOPES, now: Date.now() });
  const log = createLog("silent");
  const services = createServices({ db, secretKey: "x".repeat(32), publicUrl: "http://localhost", log });
  const app = createApp(services);
  const headers = { authorization: `Bearer ${secret}` };
  try {
    for (const who of ["new people", "known people"]) {
      const started = performance.now();
      const answer = await app.inject({ method: "POST", url: "/api/v1/contacts", headers, payload: { contacts } });
      const answered = performance.now() - started;
      const { asyncSessionId } = answer.json<{ asyncSessionId: string }>();
      for (;;) {
        const status = await app.inject({ url: `/api/v1/importstatus/${asyncSessionId}`, headers });
        if (status.json<{ status: string }>().status === "FINISHED") break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const seconds = (performance.now() - started) / 1000;
      console.log(`${who}: answered after ${answered.toFixed(0)} ms, applied after ${seconds.toFixed(1)} s`);
    }
  } finally {
    await app.close();
    await services.close();
  }
});
