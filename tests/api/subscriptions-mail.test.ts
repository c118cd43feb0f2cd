import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Email } from "../../src/contract/identifiers.ts";
import type { Log } from "../../src/server/lib/log.ts";
import {
  capturingMailer,
  countMail,
  findCapturedMail,
  listCapturedMail,
  queueMail,
  smtpMailer,
  startOutbox,
  type Mail,
  type Mailer,
  type Outbox,
} from "../../src/server/mail/index.ts";
import { mailTrap, type MailTrap } from "../support/mail-trap.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

const MINUTE = 60_000;
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const from = { name: "The Shop", address: "shop@example.org" };

let db: TestDatabase;
let trap: MailTrap;
let now = Date.UTC(2026, 10, 23, 12);
const outboxes: Outbox[] = [];

beforeEach(async () => {
  [db, trap] = await Promise.all([testDatabase(), mailTrap()]);
});
afterEach(async () => {
  await Promise.all(outboxes.splice(0).map((outbox) => outbox.stop()));
  await trap.close();
});

const letter = (to: string, subject = "Hello"): Mail => ({
  // The address of a test, minted without its check.
  to: to as Email,
  subject,
  text: "Text",
  html: "<p>Text</p>",
  language: "en",
  purpose: "confirmation",
});
const queue = (mail: Mail) => db.transaction((tx) => queueMail(tx, { mail, now }));

/** A process that sends; it looks only when told to. */
function outboxWith(mailer: Mailer): Outbox {
  const outbox = startOutbox({ db, mailer, clock: () => now, log: silent, sweepEvery: 3_600_000 });
  outboxes.push(outbox);
  return outbox;
}
const smtpOutbox = () => outboxWith(smtpMailer({ url: trap.url, from }));

describe("the outbox", () => {
  test("a letter whose transaction rolled back is never sent", async () => {
    const attempt = db.transaction(async (tx) => {
      await queueMail(tx, { mail: letter("anna@shop.example"), now });
      throw new Error("something else failed");
    });
    await expect(attempt).rejects.toThrow("something else failed");
    await smtpOutbox().drain();
    expect(trap.mails).toHaveLength(0);
  });

  test("a letter is sent once, with an explicit envelope, and leaves nothing behind", async () => {
    const mailId = await queue(letter("anna@shop.example", "Підтвердьте"));
    const outbox = smtpOutbox();
    await outbox.drain();
    await outbox.drain();
    expect(trap.mails).toHaveLength(1);
    const { envelopeFrom, envelopeTo, parsed } = trap.newest("anna@shop.example");
    expect({ envelopeFrom, envelopeTo }).toEqual({
      envelopeFrom: "shop@example.org",
      envelopeTo: ["anna@shop.example"],
    });
    expect(parsed.subject).toBe("Підтвердьте");
    expect(parsed.from?.text).toBe('"The Shop" <shop@example.org>');
    expect(parsed.messageId).toBe(`<${mailId}@example.org>`);
    expect(parsed.headers.get("auto-submitted")).toBe("auto-generated");
    expect(await db.query("SELECT 1 AS one FROM mail_outbox")).toEqual([]);
  });

  test("four processes on one database send each of 60 letters once", async () => {
    for (let index = 0; index < 60; index += 1) await queue(letter(`anna${index}@shop.example`));
    await Promise.all([1, 2, 3, 4].map(() => smtpOutbox().drain()));
    expect(trap.mails).toHaveLength(60);
    expect(new Set(trap.mails.flatMap(({ envelopeTo }) => envelopeTo)).size).toBe(60);
  });

  test("P17: a letter queued before the clock was set back by months is sent all the same", async () => {
    now += 60 * 24 * 60 * MINUTE;
    await queue(letter("anna@shop.example"));
    now -= 60 * 24 * 60 * MINUTE;
    await smtpOutbox().drain();
    expect(trap.mails).toHaveLength(1);
  });

  test("a letter that the server refuses for now is tried again when its wait is over", async () => {
    trap.answer("later");
    await queue(letter("anna@shop.example"));
    const outbox = smtpOutbox();
    await outbox.drain();
    await outbox.drain();
    expect(trap.offers()).toBe(1);
    trap.answer("take");
    now += 2 * MINUTE;
    await outbox.drain();
    expect(trap.mails).toHaveLength(1);
  });

  test("a letter that the server refuses for good is given up and its body forgotten", async () => {
    trap.answer("never");
    await queue(letter("nobody@shop.example"));
    await smtpOutbox().drain();
    expect(await countMail(db)).toEqual({ waiting: 0, dead: 1 });
    const [row] = await db.query<{ textBody: string; htmlBody: string; lastError: string }>(
      "SELECT text_body, html_body, last_error FROM mail_outbox",
    );
    expect(row).toMatchObject({ textBody: "", htmlBody: "" });
    expect(row?.lastError).toContain("550");
  });

  test("one refused letter holds up no other", async () => {
    await queue({ ...letter("anna@shop.example"), text: "first" });
    const stubborn: Mailer = {
      send: (mail) => (mail.textBody === "first" ? Promise.reject(new Error("no")) : inner.send(mail)),
      close: () => inner.close(),
    };
    const inner = smtpMailer({ url: trap.url, from });
    await queue(letter("bob@shop.example"));
    await outboxWith(stubborn).drain();
    expect(trap.mails.map(({ envelopeTo }) => envelopeTo)).toEqual([["bob@shop.example"]]);
  });

  test("a letter that a killed process had taken is sent by another one after its lease", async () => {
    await queue(letter("anna@shop.example"));
    const hanging: Mailer = { send: () => new Promise(() => undefined), close: () => undefined };
    const killed = startOutbox({ db, mailer: hanging, clock: () => now, log: silent, sweepEvery: 3_600_000 });
    killed.kick();
    await expect.poll(() => db.query("SELECT 1 AS one FROM mail_outbox WHERE attempts = 1")).toHaveLength(1);
    const other = smtpOutbox();
    await other.drain();
    expect(trap.mails).toHaveLength(0);
    now += 3 * MINUTE;
    await other.drain();
    expect(trap.mails).toHaveLength(1);
  });

  test("an unreachable server loses nothing", async () => {
    await queue(letter("anna@shop.example"));
    await outboxWith(smtpMailer({ url: "smtp://127.0.0.1:1", from })).drain();
    expect(await countMail(db)).toEqual({ waiting: 1, dead: 0 });
    now += 2 * MINUTE;
    await smtpOutbox().drain();
    expect(trap.mails).toHaveLength(1);
  });

  test.each(["anna@shop.example\r\nBcc: x@evil.example", "anna@shop.example, x@evil.example"])(
    "%j is not a recipient",
    async (to) => {
      await expect(queue(letter(to))).rejects.toThrow("exactly one plain address");
    },
  );

  test("P26: a line break in a subject adds no header", async () => {
    await queue(letter("anna@shop.example", "Hello\r\nBcc: x@evil.example\r\n\r\nBody"));
    await smtpOutbox().drain();
    const { raw, parsed, envelopeTo } = trap.newest("anna@shop.example");
    expect(envelopeTo).toEqual(["anna@shop.example"]);
    expect(raw.split("\r\n\r\n")[0]).not.toMatch(/^bcc:/im);
    expect(parsed.subject).toBe("Hello Bcc: x@evil.example Body");
  });
});

describe("without an SMTP server", () => {
  test("letters are kept and listed, newest first, page by page", async () => {
    const ids: string[] = [];
    for (const name of ["anna", "bob", "carol"]) {
      ids.push(await queue(letter(`${name}@shop.example`)));
      now += 1;
    }
    await outboxWith(capturingMailer({ db, clock: () => now, from })).drain();
    const all = await listCapturedMail(db);
    expect(all.map(({ recipient }) => recipient)).toEqual(
      ["carol", "bob", "anna"].map((name) => `${name}@shop.example`),
    );
    const [first] = await listCapturedMail(db, { limit: 1 });
    const rest = await listCapturedMail(db, { before: first?.mailId });
    expect(rest.map(({ mailId }) => mailId)).toEqual([ids[1], ids[0]]);
    expect(await findCapturedMail(db, ids[0] ?? "")).toMatchObject({ sender: "shop@example.org", textBody: "Text" });
    expect(await findCapturedMail(db, "no such id")).toBeUndefined();
    expect(await countMail(db)).toEqual({ waiting: 0, dead: 0 });
  });
});
