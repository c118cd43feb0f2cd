import { afterAll } from "vitest";
import { createApp } from "../../src/server/app.ts";
import { createApiKey, SCOPES, type Scope } from "../../src/server/db/api-keys.ts";
import { systemClock, type Clock } from "../../src/server/lib/clock.ts";
import type { LinkRules } from "../../src/server/lib/linked-file.ts";
import { listening, type Call } from "./http.ts";
import { testDatabase, type TestDatabase } from "./postgres.ts";
import { testServices } from "./services.ts";

export interface ContactApi {
  readonly db: TestDatabase;
  /** With a key that may do everything. */
  readonly call: Call;
  /** A secret key with these scopes. */
  key(...scopes: Scope[]): Promise<string>;
}

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

export const basic = (secret: string, user = ""): string =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;

/** The whole server on a fresh database, reached over the wire. */
export async function contactApi(
  options: { readonly clock?: Clock; readonly requestsPerSecond?: number; readonly linkRules?: LinkRules } = {},
): Promise<ContactApi> {
  const { clock = systemClock, linkRules, ...settings } = options;
  const db = await testDatabase();
  const key = async (...scopes: Scope[]) => (await createApiKey(db, { name: "test", scopes, now: Date.now() })).secret;
  const secret = await key(...SCOPES);
  const services = testServices({ db, clock, ...(linkRules !== undefined && { linkRules }) });
  const account = { organisationName: "Shop", userEmail: "owner@shop.example" };
  const app = createApp({ ...services, ...settings, ...{ account } });
  closers.push(async () => {
    await app.close();
    await services.close();
  });
  const call = await listening(app, { authorization: basic(secret), "content-type": "application/json" });
  return { db, call, key };
}
