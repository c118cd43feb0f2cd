import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { createApp } from "../../src/server/app.ts";
import { createApiKey } from "../../src/server/db/api-keys.ts";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";
import { listening, type Call } from "./http.ts";
import { testDatabase, type TestDatabase } from "./postgres.ts";
import { testServices } from "./services.ts";
import { basic } from "./contact-api.ts";

export interface DeviceWorld {
  readonly db: TestDatabase;
  /** Between apps and server. */
  readonly network: FaultProxy;
  /** Of an app. */
  readonly key: string;
  /** The site's back end, which no fault touches. */
  readonly call: Call;
}

const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

/** The whole server on a fresh database, and a network that can fail in front of it. */
export async function deviceWorld(): Promise<DeviceWorld> {
  const db = await testDatabase();
  const { secret: key } = await createApiKey(db, { name: "app", scopes: ["mobile"], now: Date.now() });
  const backEnd = await createApiKey(db, {
    name: "shop",
    scopes: ["contacts:read", "contacts:write"],
    now: Date.now(),
  });
  const services = testServices({ db });
  const app = createApp(services);
  const call = await listening(app, { authorization: basic(backEnd.secret), "content-type": "application/json" });
  const network = await startFaultProxy(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
  closers.push(async () => {
    await network.close();
    await app.close();
    await services.close();
  });
  return { db, network, key, call };
}

/** A folder that is gone when the tests end. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "backstory-device-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function holderOf(db: TestDatabase, kind: string, value: string): Promise<ContactId | undefined> {
  const rows = await db.query<{ contactId: ContactId }>(
    "SELECT contact_id FROM identifier WHERE kind = $1::identifier_kind AND value = $2",
    [kind, value],
  );
  return rows[0]?.contactId;
}
