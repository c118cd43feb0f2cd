import { afterAll } from "vitest";
import type { ContactId, Instant } from "../../src/contract/identifiers.ts";
import { createApp } from "../../src/server/app.ts";
import { chores } from "../../src/server/chores.ts";
import { readTimeline } from "../../src/server/contacts/index.ts";
import { createApiKey, SCOPES } from "../../src/server/db/api-keys.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import type { Services } from "../../src/server/services.ts";
import type { Site } from "../../src/server/sites/index.ts";
import { basic } from "./contact-api.ts";
import { listening, type Received } from "./http.ts";
import { testDatabase, type TestDatabase } from "./postgres.ts";
import { testServices } from "./services.ts";

/** The whole server on a fresh database, with a clock that only goes on when told to, and mail that is captured. */
export interface PrivacyWorld {
  readonly db: TestDatabase;
  readonly services: Services;
  readonly site: Site;
  now(): Instant;
  pass(milliseconds: number): void;
  /** A batch of one browser; when this resolves, all that it says about people was carried out and mailed. */
  say(visitorId: string, ...messages: readonly object[]): Promise<readonly object[]>;
  /** Sends messages once more, byte for byte. */
  repeat(messages: readonly object[]): Promise<void>;
  /** The contact API, with a key that may do everything. */
  api(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Received>;
  upsert(contact: object): Promise<ContactId>;
  /** What an app sends. */
  app(path: "device" | "user" | "events", body: object): Promise<void>;
  /** A page behind a mailed link. */
  click(path: string): Promise<Received>;
  /** The path of the newest confirmation link to an address. */
  link(email: string): Promise<string>;
  emailStatus(email: string): Promise<string[]>;
  timeline(contactId: ContactId): Promise<string[]>;
  chore(name: string): Promise<void>;
}

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
});

export async function privacyWorld(): Promise<PrivacyWorld> {
  const db = await testDatabase();
  let now = Date.now();
  const clock = () => now;
  const services = testServices({ db, clock });
  const made = await services.sites.createSite({ name: "Bean & Leaf" });
  if (made.kind !== "stored") throw new Error("The site was not made.");
  const { site } = made;
  const server = createApp(services);
  closers.push(async () => {
    await server.close();
    await services.close();
  });
  const call = await listening(server);
  const { secret } = await createApiKey(db, { name: "back end", scopes: SCOPES, now });
  const mobile = await createApiKey(db, { name: "app", scopes: ["mobile"], now });

  async function repeat(messages: readonly object[]): Promise<void> {
    const body = JSON.stringify({ site: site.siteKey, sentAt: now, messages });
    const { status, text } = await call("POST", "/v1/messages", { body, headers: { "content-type": "text/plain" } });
    if (status !== 200) throw new Error(`The batch was answered ${status}: ${text}`);
    await services.inbox.idle();
    await services.outbox.drain();
  }

  const world: PrivacyWorld = {
    db,
    services,
    site,
    now: clock,
    pass: (milliseconds) => void (now += milliseconds),
    repeat,
    async say(visitorId, ...messages) {
      now += 1_000;
      const full = messages.map((message, index) => ({ id: uuidv7(now), visitorId, at: now + index, ...message }));
      await repeat(full);
      return full;
    },
    async api(method, path, body, headers = {}) {
      now += 1_000;
      const answer = await call(method, `/api/v1${path}`, {
        body,
        headers: { authorization: basic(secret), "content-type": "application/json", ...headers },
      });
      await services.outbox.drain();
      return answer;
    },
    async upsert(contact) {
      const { status, text, json } = await world.api("POST", "/contact", contact);
      if (status !== 200) throw new Error(`The contact was answered ${status}: ${text}`);
      return (json() as { id: ContactId }).id;
    },
    async app(path, body) {
      now += 1_000;
      const headers = { "x-reteno-access-key": mobile.secret, "content-type": "application/json" };
      const { status, text } = await call("POST", `/api/v1/${path}`, { body, headers });
      if (status !== 200) throw new Error(`The app was answered ${status}: ${text}`);
    },
    click: (path) => {
      now += 1_000;
      return call("POST", path, { headers: { "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0" } });
    },
    async link(email) {
      const [letter] = await db.query<{ textBody: string }>(
        "SELECT text_body FROM captured_mail WHERE recipient = $1 ORDER BY captured_at DESC, mail_id DESC LIMIT 1",
        [email],
      );
      const found = /(\/confirm\/\S+)/.exec(letter?.textBody ?? "")?.[1];
      if (found === undefined) throw new Error(`There is no letter with a link to ${email}.`);
      return found;
    },
    async emailStatus(email) {
      const rows = await db.query<{ status: string }>(
        `SELECT channel.status::text AS status FROM channel JOIN contact USING (contact_id)
         WHERE type = 'email' AND value = $1 AND contact.status = 'live' ORDER BY contact_id`,
        [email],
      );
      return rows.map(({ status }) => status);
    },
    async timeline(contactId) {
      const { entries } = await readTimeline(db, { contactId, limit: 100 });
      return entries.map(({ name }) => name);
    },
    async chore(name) {
      const chore = chores(services).find((known) => known.name === name);
      if (chore === undefined) throw new Error(`There is no chore ${name}.`);
      await chore.carryOut();
    },
  };
  return world;
}
