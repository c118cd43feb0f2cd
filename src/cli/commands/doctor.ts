import { openInstallation, type Installation } from "../../server/installation.ts";
import { StartRefused } from "../../server/lib/start-refused.ts";
import { silentLog } from "../../server/lib/log.ts";
import { command } from "../command.ts";
import { lookAtAddress } from "../doctor/address.ts";
import { lookAtQueues, lookAtSchema, lookAtSettings } from "../doctor/database.ts";
import { reasonOf, type Finding, type Look } from "../doctor/finding.ts";
import { lookAtCleanUp, lookAtClock, lookAtDisk, lookAtMail, lookAtSecret } from "../doctor/machine.ts";

export const doctor = command({
  name: "doctor",
  description:
    "Look at database, disk, mail, clock and public address, and say what to do. Exit code 1: something fails",
  async run(_args, { config, say }) {
    const opened = await openInstallation(config, silentLog).catch((error: unknown): Finding => {
      if (!(error instanceof StartRefused)) throw error;
      return { name: "database", state: "fail", says: error.message };
    });
    const isOpen = "db" in opened;
    const findings = [
      ...(isOpen ? await lookAll(looksInto(opened)) : [opened]),
      ...(await lookAll({
        disk: () => lookAtDisk(config),
        "secret key": () => lookAtSecret(config),
        mail: () => lookAtMail(config),
        "public address": () => lookAtAddress(config),
      })),
    ];
    if (isOpen) await opened.close();
    say(findings, findings.map(describe).join("\n"));
    if (findings.some(({ state }) => state === "fail")) process.exitCode = 1;
  },
});

const looksInto = ({ db }: Installation): Readonly<Record<string, Look>> => ({
  database: () => lookAtSettings(db),
  schema: () => lookAtSchema(db),
  queues: () => lookAtQueues(db),
  clock: () => lookAtClock(db),
  "clean-up": () => lookAtCleanUp(db),
});

/** One that breaks is a finding, too; the others go on. */
async function lookAll(looks: Readonly<Record<string, Look>>): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const [name, look] of Object.entries(looks)) {
    try {
      found.push(...[await look()].flat());
    } catch (error) {
      found.push({ name, state: "fail", says: reasonOf(error) });
    }
  }
  return found;
}

const MARKS: Readonly<Record<Finding["state"], string>> = { ok: "ok  ", warn: "WARN", fail: "FAIL" };

function describe({ name, state, says, advice }: Finding): string {
  const line = `${MARKS[state]}  ${name.padEnd(18)}${says}`;
  return advice === undefined || state === "ok" ? line : `${line}\n${" ".repeat(24)}→ ${advice}`;
}
