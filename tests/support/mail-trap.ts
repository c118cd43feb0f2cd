import { once } from "node:events";
import { simpleParser, type ParsedMail } from "mailparser";
import { SMTPServer } from "smtp-server";

/** One letter as a mail server took it: what the envelope said, and what the letter itself says. */
export interface TrappedMail {
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  readonly raw: string;
  readonly parsed: ParsedMail;
}

/** What the server answers to a recipient: take it, "try later" (4xx) or "never" (5xx). */
export type Verdict = "take" | "later" | "never";

export interface MailTrap {
  /** For SMTP_URL. */
  readonly url: string;
  readonly mails: readonly TrappedMail[];
  /** How often a letter was offered, refusals included. */
  readonly offers: () => number;
  answer(verdict: Verdict): void;
  /** The newest letter to an address. */
  newest(address: string): TrappedMail;
  close(): Promise<void>;
}

/** A real SMTP server on a port of its own that keeps everything it is sent. */
export async function mailTrap(): Promise<MailTrap> {
  const mails: TrappedMail[] = [];
  let verdict: Verdict = "take";
  let offers = 0;
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    logger: false,
    onRcptTo(_address, _session, callback) {
      offers += 1;
      callback(refusal(verdict));
    },
    onData(stream, session, callback) {
      collect(stream)
        .then(async (raw) => {
          const { mailFrom, rcptTo } = session.envelope;
          const envelopeFrom = mailFrom === false ? "" : mailFrom.address;
          const envelopeTo = rcptTo.map(({ address }) => address);
          mails.push({ envelopeFrom, envelopeTo, raw, parsed: await simpleParser(raw) });
          callback();
        })
        .catch(callback);
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("The mail trap got no port.");
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    offers: () => offers,
    answer: (next) => (verdict = next),
    newest(to) {
      const found = mails.findLast(({ envelopeTo }) => envelopeTo.includes(to));
      if (found === undefined) throw new Error(`No letter to ${to} among ${mails.length}.`);
      return found;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusal(verdict: Verdict): Error | undefined {
  if (verdict === "take") return undefined;
  const responseCode = verdict === "later" ? 450 : 550;
  return Object.assign(new Error("Not this mailbox."), { responseCode });
}

async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
