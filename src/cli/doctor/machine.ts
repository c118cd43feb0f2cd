import { statfs, stat } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import type { Config } from "../../server/config.ts";
import type { Database } from "../../server/db/database.ts";
import { waitsUntil } from "../../server/jobs/index.ts";
import { reasonOf, type Finding } from "./finding.ts";

const GIGABYTE = 2 ** 30;

export async function lookAtDisk({ dataDir }: Config): Promise<Finding> {
  const { bavail, blocks, bsize } = await statfs(dataDir);
  const free = (bavail * bsize) / GIGABYTE;
  const share = blocks === 0 ? 1 : bavail / blocks;
  const says = `${free.toFixed(1)} GB free under ${dataDir} (${Math.round(share * 100)} %)`;
  const advice = "Make room, or move DATA_DIR: without space nothing can be stored.";
  if (share < 0.03 || free < 0.5) return { name: "disk", state: "fail", says, advice };
  return share < 0.1 ? { name: "disk", state: "warn", says, advice } : { name: "disk", state: "ok", says };
}

/** Who else may read the key that seals tokens. */
export async function lookAtSecret({ secretKey, dataDir }: Config): Promise<Finding> {
  const name = "secret key";
  if (secretKey !== undefined) return { name, state: "ok", says: "Set by SECRET_KEY" };
  const file = join(dataDir, "secret.key");
  const { mode } = await stat(file);
  return (mode & 0o077) === 0
    ? { name, state: "ok", says: `Kept in ${file}, readable by its owner alone` }
    : { name, state: "warn", says: `Others can read ${file}`, advice: `chmod 600 ${file}` };
}

export async function lookAtMail({ smtpUrl, mailFrom }: Config): Promise<Finding> {
  const name = "mail";
  if (smtpUrl === undefined)
    return {
      name,
      state: "warn",
      says: "No mail leaves this machine: letters are captured and shown in the admin",
      advice: "Set SMTP_URL and MAIL_FROM once people are to confirm their addresses.",
    };
  const transport = createTransport({ url: smtpUrl, connectionTimeout: 10_000, greetingTimeout: 10_000 });
  const { host } = new URL(smtpUrl);
  try {
    await transport.verify();
    return { name, state: "ok", says: `${host} takes mail from ${mailFrom.address}` };
  } catch (error) {
    return {
      name,
      state: "fail",
      says: `The mail server ${host} does not let us in: ${reasonOf(error)}`,
      advice: "Check host, port, user and password in SMTP_URL; smtps:// is for port 465.",
    };
  } finally {
    transport.close();
  }
}

const SECONDS_OFF = 5;

/** Events are dated by this machine, bindings by the same; a database elsewhere may see it differently. */
export async function lookAtClock(db: Database): Promise<Finding> {
  const before = Date.now();
  const [row] = await db.query<{ now: number }>("SELECT clock_timestamp() AS now");
  const after = Date.now();
  const off = Math.round(((row?.now ?? 0) - (before + after) / 2) / 1000);
  const name = "clock";
  return Math.abs(off) <= SECONDS_OFF
    ? { name, state: "ok", says: "This machine and the database agree on the time" }
    : {
        name,
        state: "fail",
        says: `The database's clock is ${Math.abs(off)} s ${off > 0 ? "ahead of" : "behind"} this machine's`,
        advice: "Let both machines take their time from NTP.",
      };
}

/** A leap of the clock makes everything old at once; whoever reads this can still put it right. */
export async function lookAtCleanUp(db: Database): Promise<Finding> {
  const until = await waitsUntil(db);
  const name = "clean-up";
  if (until === undefined) return { name, state: "ok", says: "What is old is removed by the clock" };
  return {
    name,
    state: "warn",
    says: `Nothing old is removed until ${new Date(until).toISOString()}: the clock was set, or the server is new or was off for days`,
    advice: "If the time of this machine is right, nothing is to be done.",
  };
}
