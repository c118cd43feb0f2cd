import { createTransport } from "nodemailer";
import type { Database } from "../db/database.ts";
import type { Clock } from "../lib/clock.ts";
import { headerText, isMailable, type QueuedMail, type Sender } from "./mail.ts";
import { insertCapturedMail } from "./store.ts";

/** Hands one letter over. Resolves when the other side has taken responsibility for it. */
export interface Mailer {
  send(mail: QueuedMail): Promise<void>;
  close(): void;
}

/** Sends through an SMTP server: `smtp://user:password@host:587` or `smtps://…`. */
export function smtpMailer({ url, from }: { url: string; from: Sender }): Mailer {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: 3,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
  });
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  return {
    async send(mail) {
      if (!isMailable(mail.recipient)) throw new Error("The recipient is not one plain address.");
      await transport.sendMail({
        // The envelope is said outright, so that no reading of the headers decides where a letter goes.
        envelope: { from: from.address, to: [mail.recipient] },
        from: { name: from.name ?? "", address: from.address },
        to: { name: "", address: mail.recipient },
        subject: headerText(mail.subject),
        text: mail.textBody,
        html: mail.htmlBody,
        messageId: `<${mail.mailId}@${domain}>`,
        headers: { "Auto-Submitted": "auto-generated", "Content-Language": mail.language },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    },
    close: () => transport.close(),
  };
}

/** Keeps letters in the database instead of sending them: nothing leaves the machine until SMTP is configured. */
export function capturingMailer({ db, clock, from }: { db: Database; clock: Clock; from: Sender }): Mailer {
  return {
    send: (mail) => insertCapturedMail(db, { ...mail, sender: from.address, capturedAt: clock() }),
    close: () => undefined,
  };
}
