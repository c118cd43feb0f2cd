import type { FastifyBaseLogger } from "fastify";
import { createActs, createActWorker, type Acts } from "./acts/index.ts";
import type { Database } from "./db/database.ts";
import type { DoubleOptIn, DynamicMembers, LinkedTables, UnsubscribedList } from "./contacts/index.ts";
import { doubleOptInOfBackEnds } from "./double-opt-in.ts";
import { dynamicMembersOf } from "./dynamic-members.ts";
import type { FindFieldUses } from "./fields/index.ts";
import { createExports, exportsThatCopy, type Exports } from "./exports/index.ts";
import { importFields } from "./import-fields.ts";
import {
  createImports,
  createImportWorker,
  importsThatFill,
  type Imports,
  type ImportWorker,
} from "./imports/index.ts";
import { createKeys, type Keys } from "./http/auth.ts";
import type { Loop } from "./jobs/index.ts";
import { systemClock, type Clock } from "./lib/clock.ts";
import { createLog } from "./lib/log.ts";
import { LINK_RULES, type LinkRules } from "./lib/linked-file.ts";
import type { Reach } from "./lib/outside-address.ts";
import { linkedTables } from "./linked-tables.ts";
import { capturingMailer, startOutbox, type Mailer, type Outbox, type Sender } from "./mail/index.ts";
import { erasePerson, type ErasePerson } from "./privacy/index.ts";
import { segmentsThatAsk } from "./segments/index.ts";
import { createSites, type Sites } from "./sites/index.ts";
import {
  addToUnsubscribed,
  askAgain,
  type AskAgain,
  type AskedAgain,
  carryOutSubscribe,
  removeFromUnsubscribed,
  type SubscriptionDeps,
} from "./subscriptions/index.ts";
import { createCarryOut, createInbox, type Inbox } from "./visitors/index.ts";

export interface ServiceOptions {
  readonly db: Database;
  readonly clock?: Clock;
  readonly log?: FastifyBaseLogger;
  readonly secretKey: string;
  readonly publicUrl: string;
  /** Absent: mail is captured. */
  readonly mailer?: Mailer;
  /** Whom captured mail is from. */
  readonly mailFrom?: Sender;
  /** Where exports may go. Absent: only outside this installation's own network. */
  readonly exportReach?: Reach;
  /** From where uploads are fetched. Absent: from the internet, as `LINK_RULES` says. */
  readonly linkRules?: LinkRules;
}

/** What the slices need besides a request: one of each a process. */
export interface Services {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: FastifyBaseLogger;
  readonly secretKey: string;
  readonly publicUrl: string;
  readonly mailIsCaptured: boolean;
  readonly sites: Sites;
  readonly keys: Keys;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly doubleOptIn: DoubleOptIn;
  readonly unsubscribed: UnsubscribedList;
  /** Sends the question of a double opt-in once more. */
  readonly askAgain: (wish: AskAgain) => Promise<AskedAgain>;
  readonly dynamicMembers: DynamicMembers;
  readonly linkedTables: LinkedTables;
  readonly erasePerson: ErasePerson;
  /** Slices that may need an additional field: it is not deleted from under them. */
  readonly fieldUsers: readonly FindFieldUses[];
  readonly exports: Exports;
  readonly imports: Imports;
  readonly importWorker: ImportWorker;
  readonly acts: Acts;
  readonly actWorker: Loop;
  /** Finishes what is under way, after the last request. */
  close(): Promise<void>;
}

export function createServices(options: ServiceOptions): Services {
  const { db, secretKey, publicUrl, clock = systemClock, log = createLog("warn") } = options;
  const { mailFrom = { address: "backstory@localhost" } } = options;
  const mailer = options.mailer ?? capturingMailer({ db, clock, from: mailFrom });
  const sites = createSites({ db, clock });
  const outbox = startOutbox({ db, mailer, clock, log });
  const subscriptions: SubscriptionDeps = { db, clock, log, secretKey, publicUrl, outbox };
  const carryOut = createCarryOut({
    db,
    secretKey,
    clock,
    sites,
    carryOutSubscribe: (subscribing) => carryOutSubscribe(subscriptions, subscribing),
  });
  const inbox = createInbox({ db, clock, log, carryOut });
  const importDeps = { db, clock, log, secretKey, listFields: () => importFields(db) };
  const importWorker = createImportWorker(importDeps);
  const actDeps = { db, clock, log, secretKey };
  const actWorker = createActWorker(actDeps);
  return {
    db,
    clock,
    log,
    secretKey,
    publicUrl,
    mailIsCaptured: options.mailer === undefined,
    sites,
    keys: createKeys({ db, clock }),
    outbox,
    inbox,
    doubleOptIn: doubleOptInOfBackEnds(subscriptions, sites),
    askAgain: (wish) =>
      askAgain(subscriptions, wish, async (siteId) =>
        siteId === undefined ? (await sites.listSites())[0] : sites.findSite(siteId),
      ),
    unsubscribed: {
      add: (list) => addToUnsubscribed({ db, secretKey }, list),
      remove: (list) => removeFromUnsubscribed({ db, secretKey }, list),
    },
    dynamicMembers: dynamicMembersOf({ db, clock }),
    linkedTables: linkedTables(options.linkRules ?? LINK_RULES),
    erasePerson: erasePerson({ db, secretKey }),
    fieldUsers: [segmentsThatAsk, importsThatFill, exportsThatCopy],
    exports: createExports({ db, clock, log, secretKey, exportReach: options.exportReach ?? "public" }),
    imports: createImports(importDeps, importWorker),
    importWorker,
    acts: createActs(actDeps, actWorker),
    actWorker,
    async close() {
      await actWorker.close();
      await importWorker.close();
      await inbox.close();
      await outbox.stop();
    },
  };
}
