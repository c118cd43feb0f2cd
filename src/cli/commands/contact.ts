import { createInterface } from "node:readline/promises";
import { defineCommand } from "citty";
import type { ContactId } from "../../contract/identifiers.ts";
import { findContact, readContact, type ContactCard } from "../../server/contacts/index.ts";
import { explainContact } from "../../server/identity/index.ts";
import type { Installation } from "../../server/installation.ts";
import { erasePerson } from "../../server/privacy/index.ts";
import { command } from "../command.ts";
import { Failed, Misused } from "../outcome.ts";

const WHO = {
  who: { type: "positional", description: "External id, email or phone", required: true },
  id: { type: "boolean", description: "It is a contact id" },
} as const;

const show = command({
  name: "show",
  description: "Show what is known of somebody, and why it is one contact",
  args: WHO,
  run: ({ who, id }, { within, say }) =>
    within(async (installation) => {
      const card = await find(installation, { who, id });
      const steps = await explainContact(installation.db, card.id);
      say({ ...card, explanation: steps }, describe(card, steps.length));
    }),
});

const erase = command({
  name: "erase",
  description: "Erase somebody for good: contact, history, everything. It cannot be undone",
  args: { ...WHO, yes: { type: "boolean", description: "Do not ask" } },
  run: ({ who, id, yes }, { within, say }) =>
    within(async (installation) => {
      const card = await find(installation, { who, id });
      if (yes !== true) await confirm(card);
      const cause = { actor: "command line", requestId: `cli-${Date.now().toString(36)}` };
      await erasePerson(installation)({ contactId: card.id, at: Date.now(), cause });
      say({ erased: card.id }, `Contact ${card.id} is erased.`);
    }),
});

async function confirm({ id }: ContactCard): Promise<void> {
  if (!process.stdin.isTTY) throw new Failed("Nobody is there to be asked. Say --yes to erase without a question.");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Type ${id} to erase contact ${id} and its history for good: `);
  terminal.close();
  if (answer.trim() !== String(id)) throw new Failed("Nothing was erased.");
}

async function find(
  { db }: Installation,
  { who, id: isId }: { readonly who: string; readonly id: boolean | undefined },
): Promise<ContactCard> {
  if (isId === true && !/^[1-9]\d{0,14}$/.test(who)) throw new Misused(`"${who}" is no contact id`);
  const id = isId === true ? (Number(who) as ContactId) : await findContact(db, who);
  const found = id === undefined ? undefined : await readContact(db, id);
  if (found?.kind === "erased") throw new Failed(`Contact ${who} was erased.`);
  if (found?.kind !== "found") throw new Failed(`Nobody is known as "${who}".`);
  return found.card;
}

function describe(card: ContactCard, steps: number): string {
  const channels = card.channels.map(({ type, value, status }) => `  ${type} ${value} (${status})`);
  const sources = card.bindings.map(({ source, reason }) => `  ${source.kind} ${source.id} (${reason})`);
  return [
    `Contact ${card.id} (${card.status})`,
    `  external id ${card.externalCustomerId ?? "not set"}`,
    `  name ${[card.firstName, card.lastName].filter((part) => part !== null).join(" ") || "not set"}`,
    ...channels,
    ...sources,
    `  ${steps} steps made it one contact; --json shows them`,
  ].join("\n");
}

export const contact = defineCommand({
  meta: { name: "contact", description: "People" },
  subCommands: { show, erase },
});
