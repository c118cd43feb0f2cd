import { defineCommand } from "citty";
import { createApiKey, listApiKeys, revokeApiKey, SCOPES, type Scope } from "../../server/db/api-keys.ts";
import { command } from "../command.ts";
import { Failed, Misused } from "../outcome.ts";
import { table } from "../table.ts";

const create = command({
  name: "create",
  description: "Make an API key; it is shown this once",
  args: {
    name: { type: "positional", description: "What it is for", required: true },
    scopes: { type: "string", description: `Of ${SCOPES.join(", ")}; separated by commas. Absent: all` },
  },
  run: ({ name, scopes }, { within, say }) =>
    within(async ({ db }) => {
      const { key, secret } = await createApiKey(db, { name, scopes: scopesOf(scopes), now: Date.now() });
      say({ keyId: key.keyId, name, scopes: key.scopes, secret }, secret);
    }),
});

function scopesOf(text: string | undefined): readonly Scope[] {
  if (text === undefined) return SCOPES;
  return text.split(",").map((word) => {
    const scope = SCOPES.find((known) => known === word.trim());
    if (scope === undefined) throw new Misused(`"${word}" is no scope; there are ${SCOPES.join(", ")}`);
    return scope;
  });
}

const list = command({
  name: "list",
  description: "Show the keys that work",
  run: (_args, { within, say }) =>
    within(async ({ db }) => {
      const keys = await listApiKeys(db);
      const rows = keys.map(({ keyId, name, ending, scopes, lastUsedAt }) => [
        keyId,
        name,
        `…${ending}`,
        lastUsedAt === null ? "never used" : new Date(lastUsedAt).toISOString(),
        scopes.join(","),
      ]);
      say(keys, rows.length === 0 ? "There is no API key." : table(["id", "name", "key", "last used", "scopes"], rows));
    }),
});

const revoke = command({
  name: "revoke",
  description: "End a key: it stops working within seconds",
  args: { id: { type: "positional", description: "Its id, as `key list` shows it", required: true } },
  run: ({ id }, { within, say }) =>
    within(async ({ db }) => {
      if (!(await revokeApiKey(db, { keyId: id, now: Date.now() })))
        throw new Failed(`There is no key ${id} that works. \`backstory key list\` shows them.`);
      say({ revoked: id }, `The key ${id} works no more.`);
    }),
});

export const key = defineCommand({
  meta: { name: "key", description: "API keys of back ends and apps" },
  subCommands: { create, list, revoke },
});
