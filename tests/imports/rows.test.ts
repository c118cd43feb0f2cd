import { beforeAll, describe, expect, test } from "vitest";
import { resolveIdentity } from "../../src/server/identity/index.ts";
import { importWorld, told, type ImportWorld } from "./world.ts";

let world: ImportWorld;
beforeAll(async () => {
  world = await importWorld();
});

const problems = async (importId: number, kind: "failure" | "note" = "failure") => {
  const found = await world.services.imports.listProblems(importId, { kind, after: 0, limit: 100, language: "en" });
  return found?.map(({ line, reason }) => `${line}: ${reason}`);
};

describe("what a file does to contacts", () => {
  test("86. new people are created, and a second run of the file changes nothing", async () => {
    const file = "customer id,email,first name\nA1,ann@one.example,Ann\nA2,ben@one.example,Ben\n";
    expect(told(await world.bring(file))).toBe("created 2");
    expect(told(await world.bring(file))).toBe("unchanged 2");
    expect(await world.contact("A1")).toMatchObject({
      firstName: "Ann",
      emails: ["ann@one.example confirmed"],
      keys: ["external A1", "email ann@one.example"],
    });
  });

  test("79. by email, external ids are added", async () => {
    await world.upsert({ email: "x79@one.example" });
    const file = "email,external id\nx79@one.example,E79\n";
    expect(told(await world.bring(file, { settings: { key: "email" } }))).toBe("updated 1");
    expect(await world.contact("E79")).toMatchObject({ keys: ["external E79", "email x79@one.example"] });
  });

  test("80. a different external id is replaced only where that was ticked, and the audit shows both", async () => {
    const contactId = await world.upsert({ externalCustomerId: "OLD80", email: "x80@one.example" });
    const file = "email,external id\nx80@one.example,NEW80\n";
    expect(told(await world.bring(file, { settings: { key: "email", replaceExternalIds: true } }))).toBe("updated 1");
    expect(await world.contact("OLD80")).toBeUndefined();
    expect(await world.contact("NEW80")).toMatchObject({ contactId });
    const audit = await world.db.query<{ state: string }>(
      `SELECT CASE WHEN after IS NULL THEN 'lost' ELSE 'got' END || dense_rank() OVER (ORDER BY identifier_hmac) AS state
       FROM identity_audit
       WHERE contact_id = $1 AND identifier_kind = 'external' AND request_id LIKE 'import:%' ORDER BY audit_id`,
      [contactId],
    );
    // The one is lost, the other is got: not the same twice.
    expect(audit.map(({ state }) => state).sort()).toEqual([
      expect.stringMatching(/^got\d$/),
      expect.stringMatching(/^lost\d$/),
    ]);
    expect(new Set(audit.map(({ state }) => state.at(-1))).size).toBe(2);

    const again = "email,external id\nx80@one.example,THIRD80\n";
    expect(told(await world.bring(again, { settings: { key: "email" } }))).toBe("created 1");
    expect(await world.contact("NEW80")).toMatchObject({ contactId, emails: ["x80@one.example confirmed"] });
    expect(await world.contact("THIRD80")).toMatchObject({ keys: ["external THIRD80"] });
  });

  test("81. an external id of somebody else is a row error, and the other rows are applied", async () => {
    await world.upsert({ externalCustomerId: "A81", email: "a81@one.example" });
    await world.upsert({ externalCustomerId: "B81", email: "b81@one.example" });
    const before = [await world.contact("A81"), await world.contact("B81")];
    const file = "email,external id\na81@one.example,B81\nc81@one.example,C81\n";
    const done = await world.bring(file, { settings: { key: "email", replaceExternalIds: true } });
    expect(told(done)).toBe("created 1, failed 1");
    expect(await problems(done.importId)).toEqual(["2: The External ID “B81” belongs to another contact."]);
    expect([await world.contact("A81"), await world.contact("B81")]).toEqual(before);
    expect(before).not.toContain(undefined);
    expect(await world.contact("C81")).toMatchObject({ emails: ["c81@one.example confirmed"] });
  });

  test("82. a value that two contacts share is ambiguous, and neither is changed", async () => {
    await world.upsert({ externalCustomerId: "A82", fields: { town: "Twinford" } });
    await world.upsert({ externalCustomerId: "B82", fields: { town: "Twinford" } });
    await world.upsert({ externalCustomerId: "C82", fields: { town: "Solo" } });
    const done = await world.bring("town,first name\nTwinford,Zoe\nSolo,Sam\nNowhere,Nil\n", {
      settings: { key: "town" },
    });
    expect(told(done)).toBe("updated 1, failed 2");
    expect(await problems(done.importId)).toEqual([
      "2: Several contacts have “Twinford” there, so it is not clear who is meant.",
      "4: Nothing in the row says who this is.",
    ]);
    expect(await world.contact("A82")).toMatchObject({ firstName: null });
    expect(await world.contact("B82")).toMatchObject({ firstName: null });
    expect(await world.contact("C82")).toMatchObject({ firstName: "Sam" });
  });

  test("83. a deleted contact is left or restored, as was chosen", async () => {
    const { deleteContact } = await import("../../src/server/identity/index.ts");
    const contactId = await world.upsert({ externalCustomerId: "D83", email: "d83@one.example" });
    const cause = { actor: "admin:ann", requestId: "test" };
    await deleteContact(world.services, { contactId, at: world.services.clock(), cause });
    const file = "customer id,first name\nD83,Dee\n";
    const left = await world.bring(file, { settings: { deleted: "skip" } });
    expect(told(left)).toBe("skipped 1");
    expect(await problems(left.importId)).toEqual(["2: The contact is deleted and was left so."]);
    expect(told(await world.bring(file, { settings: { deleted: "restore" } }))).toBe("restored 1");
    expect(await world.contact("D83")).toMatchObject({ contactId, firstName: "Dee" });
  });

  test("84. of two rows about one person the later wins, and both lines are told", async () => {
    const file = "customer id,first name\nR84,First\nS84,Other\nR84,Second\n";
    const done = await world.bring(file);
    expect(told(done)).toBe("created 2, updated 1");
    expect(await problems(done.importId, "note")).toEqual(["4: “R84” stood on line 2 already: the later row wins."]);
    expect(await world.contact("R84")).toMatchObject({ firstName: "Second" });
  });

  test("85. blank cells keep values, or clear them where that was chosen, and never an address", async () => {
    await world.upsert({
      externalCustomerId: "K85",
      email: "k85@one.example",
      fields: { firstName: "Kay", town: "Kyiv" },
    });
    const file = 'customer id,email,first name,town\nK85,,"  ",Lviv\n';
    expect(told(await world.bring(file))).toBe("updated 1");
    expect(await world.contact("K85")).toMatchObject({ firstName: "Kay", town: "Lviv" });
    expect(told(await world.bring(file, { settings: { emptyCells: "clear" } }))).toBe("updated 1");
    expect(await world.contact("K85")).toMatchObject({ firstName: null, emails: ["k85@one.example confirmed"] });
  });

  test("only gaps are filled where that was chosen", async () => {
    await world.upsert({ externalCustomerId: "G1", email: "g1@one.example", fields: { firstName: "Gil" } });
    const file = "customer id,email,first name,town\nG1,other-g1@one.example,Changed,Odesa\n";
    expect(told(await world.bring(file, { settings: { existing: "fillEmpty" } }))).toBe("updated 1");
    expect(await world.contact("G1")).toMatchObject({
      firstName: "Gil",
      town: "Odesa",
      emails: ["g1@one.example confirmed"],
    });
  });

  test("87. a malformed row is reported with its line, and the others are applied", async () => {
    const rows = Array.from({ length: 700 }, (_, n) => `M87-${n},m87-${n}@one.example`);
    rows[640] = "M87-640,not an address";
    const done = await world.bring(`customer id,email\n${rows.join("\n")}\n`);
    expect(told(done)).toBe("created 699, failed 1");
    expect(await problems(done.importId)).toEqual(["642: “not an address” is not an email address."]);
  });

  test("new addresses begin unconfirmed where that was chosen, and known ones stay as they are", async () => {
    await world.upsert({ externalCustomerId: "U1", email: "u1@one.example" });
    const file = "customer id,email\nU1,u1@one.example\nU2,u2@one.example\n";
    expect(told(await world.bring(file, { settings: { newAddresses: "unconfirmed" } }))).toBe("created 1, unchanged 1");
    expect((await world.contact("U1"))?.emails).toEqual(["u1@one.example confirmed"]);
    expect((await world.contact("U2"))?.emails).toEqual(["u2@one.example unconfirmed"]);
  });

  test("everybody of the file joins the segment, and no one else", async () => {
    const done = await world.bring("customer id,email\nJ1,j1@one.example\n,broken\n", {
      settings: { segment: "Joined" },
    });
    expect(told(done)).toBe("created 1, failed 1");
    const members = await world.db.query(
      "SELECT FROM segment_member JOIN segment USING (segment_id) WHERE name = 'Joined'",
    );
    expect(members).toHaveLength(1);
  });

  test("what a browser did that named somebody before the list did belongs to the contact of the list", async () => {
    const now = world.services.clock();
    await resolveIdentity(world.services, {
      trust: "claim",
      verb: "identify",
      unknownPerson: "remember",
      externalCustomerId: "AWAITED",
      visitorIds: ["visitor-that-came-first"],
      moment: now,
      receivedAt: now,
      contactSource: "TRACKER",
      cause: { actor: "browser", requestId: "earlier" },
    });
    expect(told(await world.bring("external id,first name\nAWAITED,Ann\nOTHER,Ben\n"))).toBe("created 2");
    const bound = await world.db.query(
      "SELECT external_customer_id FROM binding JOIN contact USING (contact_id) WHERE source_id = 'visitor-that-came-first'",
    );
    expect(bound).toEqual([{ externalCustomerId: "AWAITED" }]);
  });

  test("additional fields are found by their names, typed, and may be the unique field", async () => {
    const { createField } = await import("../../src/server/fields/index.ts");
    const field = { key: "cardNumber", name: "Card number", type: "number" } as const;
    await createField(world.db, { ...field, now: world.services.clock() });
    const done = await world.bring("customer id,Card number\nAF1,17\nAF2,many\n");
    expect(told(done)).toBe("created 1, failed 1");
    expect(await problems(done.importId)).toEqual(["3: “many” is not a number that fits Card number."]);
    const again = await world.bring("Card number,first name\n17,Ada\n", {
      settings: { key: done.kind === "imported" ? (done.seen.settings?.columns[1] ?? "") : "" },
    });
    expect(told(again)).toBe("updated 1");
    expect(await world.contact("AF1")).toMatchObject({ firstName: "Ada" });
  });

  test("phones without a country code belong to the country that was chosen", async () => {
    const file = "customer id,phone\nP1,0441234567\n";
    const done = await world.bring(file);
    expect(await problems(done.importId)).toEqual(["2: “0441234567” is not a phone number."]);
    expect(told(await world.bring(file, { settings: { country: "UA" } }))).toBe("created 1");
    expect(await world.contact("P1")).toMatchObject({ keys: ["external P1", "phone +380441234567"] });
  });
});

describe("a check", () => {
  const counted = async () => {
    const [row] = await world.db.query<{ state: string }>(
      `SELECT json_build_array((SELECT count(*) FROM contact), (SELECT count(*) FROM identifier),
         (SELECT count(*) FROM channel), (SELECT count(*) FROM identity_audit), (SELECT sum(version) FROM contact),
         (SELECT count(*) FROM segment), (SELECT count(*) FROM segment_member)) AS state`,
    );
    return row?.state;
  };

  test("says what the run then does, and writes nothing", async () => {
    await world.upsert({ externalCustomerId: "C1", email: "c1@one.example", fields: { firstName: "Cy" } });
    await world.upsert({ email: "c2@one.example" });
    await world.upsert({ externalCustomerId: "C9", email: "c9@one.example" });
    const file = [
      "customer id,email,first name",
      "C1,c1@one.example,Cyd",
      "C2,c2@one.example,Di",
      "C3,c3@one.example,Ed",
      "C9,c9@one.example,",
      "C3,c3@one.example,Eddy",
      "C4,c9@one.example,Flo",
      "C4,c9@one.example,Flo",
      ",nobody@one.example,",
      "",
    ].join("\n");
    const before = await counted();
    const checked = await world.bring(file, { purpose: "check", settings: { segment: "Checked" } });
    expect(await counted()).toEqual(before);
    expect(told(checked)).toBe("created 2, updated 3, unchanged 2, failed 1");
    expect(told(await world.bring(file))).toBe(told(checked));
    const { samples = [] } = checked.kind === "imported" ? checked.seen : {};
    expect(samples.find(({ line }) => line === 2)).toEqual({
      line: 2,
      result: "updated",
      before: { externalCustomerId: "C1", email: "c1@one.example", firstName: "Cy" },
      after: { externalCustomerId: "C1", email: "c1@one.example", firstName: "Cyd" },
    });
  });
});
