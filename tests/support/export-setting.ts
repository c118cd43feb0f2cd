import { beforeAll, beforeEach } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { EMPTY } from "../identity/installation.ts";
import { People } from "../identity/people.ts";
import { ALL_TABLES, exportWorld, type ExportWorld, type Row } from "./export-world.ts";
import { testDatabase, type TestDatabase } from "./postgres.ts";

/** An installation without people before each test, with one export of all tables to an empty warehouse. */
export class ExportSetting {
  db!: TestDatabase;
  people!: People;
  world!: ExportWorld;
  exportId = "";

  readonly cause = { actor: "admin", requestId: "test" };

  run(): ReturnType<ExportWorld["run"]> {
    return this.world.run(this.exportId);
  }

  rows(table: string): Promise<Row[]> {
    return this.world.rows(table);
  }

  /** Runs it. For each table: rows read, written and removed. */
  async effects(): Promise<Record<string, number[]>> {
    const { tables } = await this.run();
    return Object.fromEntries(tables.map(({ name, read, written, removed }) => [name, [read, written, removed]]));
  }

  /** Every version of every row: a row that is written again, even with the same values, changes it. */
  async versions(): Promise<string[]> {
    const found: string[] = [];
    for (const name of ALL_TABLES) {
      const { rows } = await this.world.warehouse.pool.query<{ version: string }>(
        `SELECT '${name} ' || ctid || ' ' || xmin || t AS version FROM ${name} t ORDER BY 1`,
      );
      found.push(...rows.map(({ version }) => version));
    }
    return found;
  }

  /** What an export of everything into a schema of its own would show now. */
  async everythingNow(): Promise<Record<string, Row[]>> {
    await this.world.warehouse.pool.query("DROP SCHEMA IF EXISTS fresh CASCADE");
    const order = this.world.order();
    const fresh = await this.world.exports.create({ ...order, place: { ...order.place, schema: "fresh" } as never });
    await this.world.run(fresh);
    await this.world.exports.remove(fresh);
    return this.contents("fresh");
  }

  async contents(schema = "public"): Promise<Record<string, Row[]>> {
    const tables: Record<string, Row[]> = {};
    for (const table of ALL_TABLES) tables[table] = await this.rows(`${schema}.${table}`);
    return tables;
  }

  /** A person with a browser, an app, server events and a list; and a row in every table but that of changes. */
  async someHistory(): Promise<ContactId> {
    const { db, people } = this;
    await people.hits(3, "visitor-1");
    const ann = await people.upsert({
      externalCustomerId: "C-1",
      email: "ann@shop.example",
      visitorIds: ["visitor-1"],
    });
    await people.device({ deviceId: "device-1-abcdefgh" });
    await people.hit("device-1-abcdefgh", { kind: "device" });
    await people.hit(String(ann.contactId), { kind: "contact" });
    await db.query(
      "INSERT INTO device (device_id, os_type, first_seen_at, last_seen_at) VALUES ('device-1-abcdefgh', 'ios', now(), now())",
    );
    await db.query("INSERT INTO segment (name, created_at) VALUES ('Readers', now())");
    await db.query("INSERT INTO segment_member SELECT segment_id, $1, now() FROM segment", [ann.contactId]);
    return ann.contactId;
  }
}

/** Makes it before the tests of a file, and empties it before each. */
export function exportSetting(): ExportSetting {
  const setting = new ExportSetting();
  beforeAll(async () => {
    setting.db = await testDatabase();
    setting.world = await exportWorld(setting.db);
  });
  beforeEach(async () => {
    await setting.db.query(EMPTY.replace(" CASCADE", ", export, device, segment, field RESTART IDENTITY CASCADE"));
    await setting.world.warehouse.pool.query("DROP SCHEMA IF EXISTS fresh, public CASCADE; CREATE SCHEMA public");
    setting.people = await People.in(setting.db);
    setting.exportId = await setting.world.exports.create(setting.world.order());
  });
  return setting;
}
