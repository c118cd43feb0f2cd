import { afterEach, beforeEach, expect, test } from "vitest";
import { countContacts, listContacts } from "../../src/server/contacts/index.ts";
import { deleteContact } from "../../src/server/identity/index.ts";
import { importWorld, told, type ImportWorld } from "./world.ts";

// Each number of an import leads to the contacts that make it up.

let world: ImportWorld;
beforeEach(async () => {
  world = await importWorld();
  world.services.importWorker.start();
});
afterEach(async () => {
  await world.services.close();
});

const RESULTS = ["created", "updated", "unchanged", "restored"] as const;

async function listed(importId: number): Promise<Record<string, (string | null)[]>> {
  const lists = await Promise.all(
    RESULTS.map(async (result) => {
      const page = await listContacts(world.db, { import: importId, result, order: "oldest", limit: 200 });
      expect(await countContacts(world.db, { import: importId, result })).toBe(page.contacts.length);
      return [result, page.contacts.map(({ externalCustomerId }) => externalCustomerId)] as const;
    }),
  );
  return Object.fromEntries(lists);
}

async function bring(file: string): Promise<{ id: number; counts: string }> {
  const done = await world.bring(file);
  if (done.kind !== "imported") throw new Error(JSON.stringify(done));
  return { id: done.importId, counts: told(done) };
}

test("created, updated, unchanged and restored contacts are listed, those of the import and nobody else", async () => {
  await world.upsert({ externalCustomerId: "U1", fields: { firstName: "Before" } });
  await world.upsert({ externalCustomerId: "S1", fields: { firstName: "Same" } });
  const gone = await world.upsert({ externalCustomerId: "R1", fields: { firstName: "Back" } });
  const cause = { actor: "test", requestId: "1" };
  await deleteContact(world.services, { contactId: gone, at: Date.now(), cause });
  await world.upsert({ externalCustomerId: "X1" });
  const { id, counts } = await bring(
    "externalCustomerId,firstName,email\nU1,After,\nS1,Same,\nR1,Back,\nN1,New,\nN2,New,\nN3,New,not an address\n",
  );
  expect(counts).toBe("created 2, updated 1, unchanged 1, restored 1, failed 1");
  expect(await listed(id)).toEqual({
    created: ["N1", "N2"],
    updated: ["U1"],
    unchanged: ["S1"],
    restored: ["R1"],
  });
  // Without a result it is whom the import created; a search narrows further.
  expect(await countContacts(world.db, { import: id })).toBe(2);
  expect(await countContacts(world.db, { import: id, search: "N2" })).toBe(1);
  expect(await countContacts(world.db, { import: id, externalId: "empty" })).toBe(0);
  expect(await countContacts(world.db, { import: id + 1 })).toBe(0);
});

test("a contact that several rows were about is in the list once", async () => {
  await world.upsert({ externalCustomerId: "U1", fields: { firstName: "Before" } });
  const { id, counts } = await bring("externalCustomerId,firstName\nU1,One\nU1,Two\n");
  expect(counts).toBe("updated 2");
  expect((await listed(id))["updated"]).toEqual(["U1"]);
});

test("all batches of a large file are in its lists", async () => {
  const rows = Array.from({ length: 2_500 }, (_, n) => `N${n}`);
  const { id } = await bring(`externalCustomerId\n${rows.join("\n")}\n`);
  expect(await countContacts(world.db, { import: id })).toBe(2_500);
  expect((await world.services.imports.find(id))?.namesContacts).toBe(true);
});

test("a check names nobody", async () => {
  const done = await world.bring("externalCustomerId\nN1\n", { purpose: "check" });
  expect(done.kind === "imported" && done.seen.namesContacts).toBe(false);
});
