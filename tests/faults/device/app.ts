// An app in a process of its own: lives on the storage in its folder until it is told to stop, or is killed.
// node app.mjs <module> <server> <key> <folder> <ledger> <life> <people>
import { appendFileSync } from "node:fs";
import type * as Client from "../../../src/device/api.ts";
import { fileStorage } from "../../support/file-storage.ts";

const [module = "", host = "", key = "", folder = "", ledger = "", life = "", people = ""] = process.argv.slice(2);
const { openDevice } = (await import(module)) as typeof Client;
const device = openDevice({ host, key, storage: fileStorage(folder) });
const write = (line: Readonly<Record<string, unknown>>): void => appendFileSync(ledger, `${JSON.stringify(line)}\n`);
const who = people.split(",");

let stopping = false;
process.on("message", () => {
  stopping = true;
});
for (let number = 0; !stopping; number += 1) {
  const name = `${life}.${number}`;
  if (number % 10 === 5) {
    const externalId = who[Math.floor(number / 10 + Number(life)) % who.length] ?? "";
    write({ login: externalId });
    await device.identify({ externalId });
  }
  write({ tried: name });
  // Known to the ledger as kept only after the client has said so.
  void device.track("tap", { name }).then(() => write({ kept: name }));
  await new Promise((resolve) => setTimeout(resolve, 2));
}
// Until all is sent.
for (let pending = 1; pending > 0;) {
  await device.flush();
  ({ pending } = await device.status());
  if (pending > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}
write({ ended: await device.status() });
await device.close();
process.disconnect();
