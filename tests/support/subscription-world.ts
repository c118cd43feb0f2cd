import type { FastifyInstance } from "fastify";
import type { ContactId, Instant, MessageId, SiteId, VisitorId } from "../../src/contract/identifiers.ts";
import type { SubscribeMessage } from "../../src/contract/messages.ts";
import { timestamp } from "../../src/server/db/database.ts";
import { resolveIdentity, type IdentifyMode, type IdentityOutcome } from "../../src/server/identity/index.ts";
import { createServer } from "../../src/server/http/server.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { smtpMailer, startOutbox } from "../../src/server/mail/index.ts";
import {
  carryOutSubscribe,
  subscriptionRoutes,
  type Origin,
  type SubscriptionDeps,
} from "../../src/server/subscriptions/index.ts";
import { mailTrap, type MailTrap } from "./mail-trap.ts";
import { testDatabase, type TestDatabase } from "./postgres.ts";

const silent = createLog("error");

export interface SignUp extends Partial<Omit<SubscribeMessage, "type" | "id" | "visitorId" | "at">> {
  readonly visitor?: string;
  readonly site?: SiteId;
  readonly mode?: IdentifyMode;
  readonly origin?: Origin;
  /** When the visitor pressed the button, if not now. */
  readonly moment?: Instant;
}

/** A server with one site, its public pages, real mail, and a clock that stands until it is moved. */
export interface SubscriptionWorld {
  readonly db: TestDatabase;
  readonly trap: MailTrap;
  readonly app: FastifyInstance;
  readonly deps: SubscriptionDeps;
  readonly site: SiteId;
  now(): Instant;
  pass(milliseconds: number): void;
  addSite(name: string): Promise<SiteId>;
  /** A visitor sends the sign-up form; mail that it causes is delivered when this resolves. */
  signUp(form: SignUp): Promise<IdentityOutcome>;
  /** The site's back end adds or updates a person. */
  upsert(person: { externalCustomerId?: string; email?: string; visitor?: string }): Promise<ContactId>;
  /** Resolves when every letter that was queued has been delivered. */
  deliver(): Promise<void>;
  hit(visitor: string, name: string): Promise<void>;
  /** Names of the events in a contact's timeline, oldest first. */
  timeline(contactId: ContactId): Promise<string[]>;
  emailStatus(email: string): Promise<string[]>;
  /** The path in the newest letter to an address. */
  link(email: string): string;
  close(): Promise<void>;
}

export async function subscriptionWorld(): Promise<SubscriptionWorld> {
  const [db, trap] = await Promise.all([testDatabase(), mailTrap()]);
  let now = Date.UTC(2026, 10, 23, 12);
  const clock = () => now;
  const mailer = smtpMailer({ url: trap.url, from: { address: "shop@mail.example" } });
  const outbox = startOutbox({ db, mailer, clock, log: silent, sweepEvery: 3_600_000 });
  const deps: SubscriptionDeps = {
    db,
    clock,
    log: silent,
    secretKey: "the installation's secret",
    publicUrl: "https://backstory.example/",
    outbox,
  };
  const app = createServer({ log: silent, trustProxy: [], isHttps: false });
  subscriptionRoutes(app, deps);
  await app.ready();

  async function addSite(name: string): Promise<SiteId> {
    const [row] = await db.query<{ siteId: SiteId }>(
      "INSERT INTO site (site_key, name, url) VALUES ($1, $2, 'https://shop.example/') RETURNING site_id",
      [`key-of-${name.replace(/\W/g, "-")}`, name],
    );
    if (row === undefined) throw new Error("The site was not written.");
    return row.siteId;
  }
  const site = await addSite("Bean & Leaf");

  return {
    db,
    trap,
    app,
    deps,
    site,
    now: clock,
    pass: (milliseconds) => (now += milliseconds),
    addSite,
    async signUp({ visitor = "visitor-one", site: at = site, mode, origin, moment, ...form }) {
      const [row] = await db.query<{ name: string }>("SELECT name FROM site WHERE site_id = $1", [at]);
      const outcome = await carryOutSubscribe(deps, {
        message: { type: "subscribe", id: uuidv7(now), visitorId: visitor as VisitorId, at: now, ...form },
        moment: moment ?? now,
        receivedAt: now,
        site: { siteId: at, name: row?.name ?? "", identify: mode ?? "new-contacts" },
        origin: origin ?? {},
      });
      await outbox.drain();
      return outcome;
    },
    async upsert({ visitor, ...person }) {
      const outcome = await resolveIdentity(deps, {
        trust: "server",
        verb: "upsert",
        ...person,
        ...(visitor !== undefined && { visitorIds: [visitor] }),
        moment: now,
        receivedAt: now,
        contactSource: "API",
        cause: { actor: "key", requestId: uuidv7(now) },
      });
      await outbox.drain();
      if (outcome.kind !== "resolved") throw new Error(`The upsert was answered ${outcome.kind}.`);
      return outcome.contactId;
    },
    async deliver() {
      await outbox.drain();
    },
    async hit(visitor, name) {
      const id: MessageId = uuidv7(now);
      await db.query(
        `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, trust)
         VALUES ($1, $2, 'visitor', $3, $4, $5, $5, 'browser')`,
        [id, site, visitor, name, timestamp(now)],
      );
    },
    async timeline(contactId) {
      const rows = await db.query<{ name: string }>(
        `SELECT event.name FROM binding JOIN event USING (source_kind, source_id)
         WHERE contact_id = $1 AND occurred_at >= valid_from AND occurred_at < coalesce(valid_to, 'infinity')
         ORDER BY occurred_at, event_id`,
        [contactId],
      );
      return rows.map(({ name }) => name);
    },
    async emailStatus(email) {
      const rows = await db.query<{ status: string }>(
        `SELECT channel.status::text AS status FROM channel JOIN contact USING (contact_id)
         WHERE type = 'email' AND value = $1 AND contact.status = 'live' ORDER BY contact_id`,
        [email],
      );
      return rows.map(({ status }) => status);
    },
    link(email) {
      const found = /https:\/\/backstory\.example(\/confirm\/\S+)/.exec(trap.newest(email).parsed.text ?? "")?.[1];
      if (found === undefined) throw new Error("The letter has no link.");
      return found;
    },
    async close() {
      await app.close();
      await outbox.stop();
      await trap.close();
    },
  };
}
