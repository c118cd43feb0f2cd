import { expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { createField, deleteField, listFields, removeValuesOfDeletedFields } from "../../src/server/fields/index.ts";
import { clearChannels } from "../../src/server/contacts/bulk/match-store.ts";
import { removeMembers } from "../../src/server/contacts/index.ts";
import { mergeContacts, undoMerge } from "../../src/server/identity/index.ts";
import { erasePerson } from "../../src/server/privacy/index.ts";
import { exportSetting } from "../support/export-setting.ts";

// Whatever happens to people between two runs, sending only what changed ends where sending everything ends, and where
// the source stands.

const at = exportSetting();

/** Another one looks at other people. */
const FIRST = Number(process.env["SEED"] ?? 20_261_126);

/** The same numbers for the same seed. */
function numbersOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const cause = { actor: "admin", requestId: "test" };

function happenings(next: (below: number) => number): (() => Promise<unknown>)[] {
  const { db, people } = at;
  const visitor = () => `visitor-${next(5)}`;
  const email = () => `p${next(6)}@shop.example`;
  const someone = async (status: string): Promise<ContactId | undefined> => {
    const all = await db.query<{ contactId: ContactId }>(
      "SELECT contact_id FROM contact WHERE status = $1::contact_status",
      [status],
    );
    return all[next(Math.max(all.length, 1))]?.contactId;
  };
  const segment = async () => (await db.query<{ id: number }>("SELECT segment_id AS id FROM segment"))[0]?.id ?? 0;
  const withSomeone = (status: string, work: (contactId: ContactId) => Promise<unknown>) => async () => {
    const contactId = await someone(status);
    if (contactId !== undefined) await work(contactId);
  };
  return [
    () => people.ask({ externalCustomerId: `C-${next(4)}`, email: email(), visitorIds: [visitor()] }),
    () => people.ask({ email: email(), phone: `+38044123456${next(5)}` }),
    () => people.hits(2, visitor()),
    () =>
      people.ask({ trust: "mobile", verb: "device", contactSource: "MOBILE", deviceId: `device-${next(3)}-abcdefgh` }),
    () =>
      db.query(
        `INSERT INTO device (device_id, os_type, first_seen_at, last_seen_at) VALUES ($1, 'ios', now(), now())
         ON CONFLICT (device_id) DO UPDATE SET os_version = $2`,
        [`device-${next(3)}-abcdefgh`, String(next(9))],
      ),
    () => people.claim({ email: email(), visitorIds: [visitor()] }),
    () => people.confirm(email()),
    () => people.ident({ externalCustomerId: `C-${next(4)}`, visitorIds: [visitor()] }),
    () => people.reset(visitor()),
    withSomeone("live", (contactId) => people.delete(contactId)),
    withSomeone("live", async (contactId) => {
      const other = await someone("live");
      if (other !== undefined && other !== contactId)
        await mergeContacts(people.deps, { contactIds: [contactId, other], at: people.tick(), cause });
    }),
    async () => {
      const [log] = await db.query<{ mergeId: number }>("SELECT max(merge_id) AS merge_id FROM merge_log");
      if (log?.mergeId != null) await undoMerge(people.deps, { mergeId: log.mergeId, at: people.tick(), cause });
    },
    withSomeone(["live", "deleted", "merged"][next(3)] ?? "live", (contactId) =>
      erasePerson(people.deps)({ contactId, at: people.tick(), cause }),
    ),
    withSomeone("live", (contactId) =>
      db.transaction((tx) =>
        clearChannels(tx, { contactId, type: next(2) === 0 ? "email" : "sms", now: people.tick() }),
      ),
    ),
    () => db.query("UPDATE channel SET status = 'unsubscribed' WHERE value = $1", [email()]).catch(() => undefined),
    withSomeone("live", async (contactId) =>
      db.query("INSERT INTO segment_member VALUES ($1, $2, now()) ON CONFLICT DO NOTHING", [
        await segment(),
        contactId,
      ]),
    ),
    withSomeone("live", async (contactId) => removeMembers(db, { groups: [await segment()], contacts: [contactId] })),
    async () => {
      const fields = await listFields(db);
      if (fields.length === 0)
        return createField(db, { key: "size", name: "Size", type: next(2) === 0 ? "text" : "number", now: Date.now() });
      if (next(3) > 0) return undefined;
      const [field] = fields;
      if (field !== undefined) await deleteField(db, { fieldId: field.id, now: Date.now(), users: [] });
      return removeValuesOfDeletedFields({ db, clock: Date.now });
    },
    async () => {
      const [field] = await listFields(db);
      if (field === undefined) return;
      const value = field.type === "number" ? next(99) + 0.5 : "=wide 😀";
      await people.ask({ externalCustomerId: `C-${next(4)}`, fields: { additional: { [field.id]: value } } });
    },
  ];
}

/** What the source says, asked without a line of what exports ask. */
async function compareWithSource(): Promise<void> {
  const there = async (text: string) =>
    (await at.world.warehouse.pool.query<{ row: string }>(text)).rows.map(({ row }) => row);
  const here = async (text: string) => (await at.db.query<{ row: string }>(text)).map(({ row }) => row);
  expect(
    await there(
      `SELECT concat_ws('|', "contactId", status, "mergedInto", "externalCustomerId") AS row FROM contacts ORDER BY "contactId"`,
    ),
  ).toEqual(
    await here(`SELECT concat_ws('|', contact_id, status, merged_into, external_customer_id) AS row FROM contact c
      WHERE status <> 'erased' AND NOT EXISTS (SELECT FROM contact w WHERE w.contact_id = c.merged_into AND w.status = 'erased')
      ORDER BY contact_id`),
  );
  expect(
    await there(
      `SELECT concat_ws('|', "bindingId", "contactId", "sourceId") AS row FROM bindings ORDER BY "bindingId"`,
    ),
  ).toEqual(
    await here("SELECT concat_ws('|', binding_id, contact_id, source_id) AS row FROM binding ORDER BY binding_id"),
  );
  expect(await there(`SELECT "eventUuid" AS row FROM events ORDER BY 1`)).toEqual(
    await here("SELECT event_id::text AS row FROM event WHERE attachable ORDER BY 1"),
  );
  expect(await there(`SELECT concat_ws('|', "deviceId", "osVersion") AS row FROM devices ORDER BY 1`)).toEqual(
    await here("SELECT concat_ws('|', device_id, os_version) AS row FROM device ORDER BY 1"),
  );
}

test.each([FIRST, FIRST + 1])(
  "people of the seed %i arrive the same by what changed as by everything",
  async (seed) => {
    const next = numbersOf(seed);
    await at.someHistory();
    const kinds = happenings(next);
    for (let step = 0; step < 60; step += 1) {
      await kinds[next(kinds.length)]?.();
      if (step % 6 !== 5) continue;
      await at.run();
      const fields = await listFields(at.db);
      const kept = new Set(fields.map(({ key, id }) => `field_${key}_${id}`));
      expect(await withoutOldFields(kept)).toEqual(await at.everythingNow());
      await compareWithSource();
    }
  },
);

/** Columns of fields that were deleted stay, and nothing is in them. */
async function withoutOldFields(kept: ReadonlySet<string>) {
  const all = await at.contents();
  const contacts = (all["contacts"] ?? []).map((row) => {
    const old = Object.entries(row).filter(([name]) => name.startsWith("field_") && !kept.has(name));
    for (const [, value] of old) expect(value).toBeNull();
    return Object.fromEntries(Object.entries(row).filter(([name]) => !old.some(([gone]) => gone === name)));
  });
  return { ...all, contacts };
}
