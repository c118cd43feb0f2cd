import type { NewAct } from "../src/contract/acts.ts";
import { createActs, createActWorker, forecastAct } from "../src/server/acts/index.ts";
import { createLog } from "../src/server/lib/log.ts";
import { withDatabase } from "./database.ts";
import { fill } from "./support/segments-data.ts";

// What is done to many contacts at once, from the request to the last of them: `npx tsx bench/acts.ts [contacts]`.

const CONTACTS = Number(process.argv[2] ?? 100_000);
const EVERYBODY = { matching: {} };
const seconds = (since: number) => ((performance.now() - since) / 1_000).toFixed(1);

await withDatabase(async (db) => {
  await fill(db, { contacts: CONTACTS, events: CONTACTS * 5 });
  const deps = {
    db,
    clock: Date.now,
    log: createLog("error"),
    secretKey: "a secret of at least thirty-two characters",
  };
  const worker = createActWorker(deps);
  const acts = createActs(deps, worker);

  async function carryOut(name: string, begin: () => Promise<{ readonly kind: string; readonly actId?: number }>) {
    const started = performance.now();
    const { actId = 0 } = await begin();
    const settled = seconds(started);
    for (;;) {
      const act = await acts.find(actId);
      if (act?.state !== "running") {
        console.log(`${name}: settled in ${settled} s, done in ${seconds(started)} s ${JSON.stringify(act?.counts)}`);
        return actId;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const begin = (act: NewAct) => () => acts.begin(act, "bench");

  const asked = performance.now();
  const forecast = await forecastAct(deps, EVERYBODY);
  console.log(`forecast in ${seconds(asked)} s ${JSON.stringify(forecast)}`);
  await carryOut("join", begin({ kind: "join", list: { name: "Everybody" }, chosen: EVERYBODY }));
  const deleted = await carryOut("delete", begin({ kind: "delete", chosen: EVERYBODY }));
  await carryOut("restore", () => acts.undo(deleted, "bench"));
  await worker.close();
});
