import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import type { Database, Transaction } from "../../src/server/db/database.ts";
import { mergeContacts, resolveIdentity, type IdentityDeps } from "../../src/server/identity/index.ts";
import { installation } from "./installation.ts";
import type { People } from "./people.ts";

const here = installation();

class Killed extends Error {}

/**
 * A database whose connection is cut by the server right before the n-th statement, as if the process had died there:
 * nothing of ours runs afterwards, not even a rollback.
 */
function cutBefore(db: Database, statement: number): { readonly db: Database; readonly ran: () => number } {
  let count = 0;
  const cut = (tx: Transaction): Transaction => {
    const step = async () => {
      count += 1;
      if (count !== statement) return;
      const [own] = await tx.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      await db.query("SELECT pg_terminate_backend($1)", [own?.pid]);
      throw new Killed();
    };
    return {
      ...tx,
      query: async (text, values) => (await step(), tx.query(text, values)),
      queryNamed: async (name, text, values) => (await step(), tx.queryNamed(name, text, values)),
    };
  };
  return { db: { ...db, transaction: (work) => db.transaction((tx) => work(cut(tx))) }, ran: () => count };
}

interface Scene {
  readonly a: ContactId;
  readonly b: ContactId;
}

async function scene(people: People): Promise<Scene> {
  await people.hits(2, "visitor-1");
  const a = await people.upsert({ externalCustomerId: "E1", email: "old@mail.example", visitorIds: ["visitor-1"] });
  const c = await people.device({ deviceId: "device-1-abcdefgh" });
  const b = await people.upsert({
    email: "ann@mail.example",
    phone: "+380441234567",
    visitorIds: ["visitor-2"],
    fields: { town: "Lviv" },
  });
  await mergeContacts(people.deps, {
    contactIds: [b.contactId, c.contactId],
    at: people.tick(),
    cause: { actor: "t", requestId: "m" },
  });
  return { a: a.contactId, b: b.contactId };
}

const dump = async ({ db }: People) =>
  JSON.stringify(
    await Promise.all(
      ["contact", "identifier", "channel", "binding", "merge_log", "identity_audit"].map((table) =>
        db.query(`SELECT t::text AS row FROM ${table} t ORDER BY 1`),
      ),
    ),
  );

const acts: Record<string, (deps: IdentityDeps, people: People, { a, b }: Scene) => Promise<unknown>> = {
  "a merge by hand": (deps, people, { a, b }) =>
    mergeContacts(deps, { contactIds: [a, b], at: people.now, cause: { actor: "admin", requestId: randomUUID() } }),
  "a registration that merges": (deps, people) =>
    resolveIdentity(deps, {
      trust: "server",
      verb: "upsert",
      externalCustomerId: "E1",
      email: "ann@mail.example",
      visitorIds: ["visitor-3"],
      moment: people.now,
      receivedAt: people.now,
      contactSource: "API",
      cause: { actor: "test", requestId: randomUUID() },
    }),
};

for (const [name, act] of Object.entries(acts)) {
  test(`115. ${name}, killed before any of its statements, has happened as a whole or not at all`, async () => {
    const { people } = here;
    const people1 = await scene(people);
    const before = await dump(people);
    let statement = 1;
    for (; ; statement += 1) {
      const cut = cutBefore(people.db, statement);
      const fate = await act({ ...people.deps, db: cut.db }, people, people1).then(
        () => "done",
        () => "killed",
      );
      if (fate === "done") break;
      expect(await dump(people), `killed before statement ${statement}`).toBe(before);
    }
    expect(statement).toBeGreaterThan(8);
    expect(await people.survivor(people1.b)).toBe(people1.a);
    expect(await people.liveContacts()).toEqual([people1.a]);
  });
}
