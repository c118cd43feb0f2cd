import { readFile } from "node:fs/promises";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { createField, deleteField, type FieldUse } from "../../src/server/fields/index.ts";
import type { FieldId } from "../../src/contract/identifiers.ts";
import { importWorld, told, type ImportWorld } from "./world.ts";

// What uses an additional field: imports, the mappings that are remembered for the next file, and exports.

const HEADER = "customer id,email,sole";
let world: ImportWorld;
let size: FieldId;
beforeAll(async () => {
  world = await importWorld();
});
beforeEach(async () => {
  await world.db.query("TRUNCATE import, import_memory, field, export CASCADE");
  const made = await createField(world.db, { key: "shoe-size", name: "Shoe size", type: "number", now: Date.now() });
  if (made.kind !== "stored") throw new Error("The field was not made.");
  size = made.field.id;
});

const columns = (): string[] => ["externalCustomerId", "email", `field:${size}`];
const uses = async (fieldId = size): Promise<FieldUse[]> =>
  (await Promise.all(world.services.fieldUsers.map((find) => find(world.db, fieldId)))).flat();
const remove = () => deleteField(world.db, { fieldId: size, now: Date.now(), users: world.services.fieldUsers });

/** An import that waits for somebody to run it. */
async function waitingImport(fileName: string): Promise<number> {
  const { imports } = world.services;
  const bytes = Buffer.from(`${HEADER}\nS1,s1@shop.example,38\n`);
  const id = await imports.begin({ fileName, fileSize: bytes.length, actor: "admin:ann" });
  await imports.putPart(id, 0, bytes);
  await imports.complete(id);
  const seen = await imports.find(id);
  if (seen?.settings == null) throw new Error("The file was not read.");
  await imports.change(id, { settings: { ...seen.settings, columns: columns() } });
  return id;
}

test("an import that is not over keeps a field that one of its columns is mapped to from being deleted", async () => {
  const id = await waitingImport("spring.csv");
  expect(await uses()).toEqual([{ kind: "import", name: "spring.csv", hinders: true }]);
  expect(await remove()).toEqual({ kind: "inUse", uses: await uses() });
  await world.services.imports.cancel(id);
  expect(await uses()).toEqual([]);
  expect(await remove()).toEqual({ kind: "deleted" });
});

test("a remembered mapping is told as a use, and loses its column with the field, not the others", async () => {
  const first = await world.bring(`${HEADER}\nS1,s1@shop.example,38\n`, { settings: { columns: columns() } });
  expect(told(first)).toBe("created 1");
  expect(await uses()).toEqual([{ kind: "mapping", name: "people.csv", hinders: false }]);
  const other = await createField(world.db, { key: "other", name: "Other", type: "text", now: Date.now() });
  if (other.kind !== "stored") throw new Error("The field was not made.");
  expect(await uses(other.field.id)).toEqual([]);

  expect(await remove()).toEqual({ kind: "deleted" });
  const next = await world.bring(`${HEADER}\nS2,s2@shop.example,39\n`);
  expect(told(next)).toBe("created 1");
  expect(next.kind === "imported" && next.seen).toMatchObject({
    isRemembered: true,
    settings: { columns: ["externalCustomerId", "email", null] },
  });
});

test("a remembered mapping that told people apart by the field goes on by the strongest of its other columns", async () => {
  await world.bring(`${HEADER}\nS3,s3@shop.example,38\n`, { settings: { columns: columns(), key: `field:${size}` } });
  expect(await remove()).toEqual({ kind: "deleted" });
  const next = await world.bring(`${HEADER}\nS3,s3@shop.example,39\n`, { purpose: "check" });
  expect(next.kind === "imported" && next.seen).toMatchObject({ isRemembered: true, fault: null });
  expect(next.kind === "imported" && next.seen.settings).not.toHaveProperty("key");
});

test("every export of contacts is told as a use, and goes on without the field", async () => {
  const place = { kind: "postgresql", host: "warehouse.example", port: 5432, database: "d", schema: "public" } as const;
  const order = { place: { ...place, user: "u", tls: "off", authority: null } as const, secret: "s" };
  const { exports } = world.services;
  const id = await exports.create({
    ...order,
    name: "Warehouse",
    tables: ["contacts", "events"],
    intervalMinutes: 60,
  });
  await exports.create({ ...order, name: "Only events", tables: ["events"], intervalMinutes: 60 });
  expect(await uses()).toEqual([{ kind: "export", id, name: "Warehouse", hinders: false }]);
  expect(await remove()).toEqual({ kind: "deleted" });
});

test("mappings remembered before the file's name was are told by the latest file with their columns", async () => {
  await world.bring(`${HEADER}\nS4,s4@shop.example,38\n`, { settings: { columns: columns() } });
  const migration = await readFile("src/server/db/migrations/0080_field_uses.sql", "utf8");
  await world.db.query("ALTER TABLE import_memory DROP COLUMN file_name");
  await world.db.pool.query(migration);
  expect(await uses()).toEqual([{ kind: "mapping", name: "people.csv", hinders: false }]);
});
