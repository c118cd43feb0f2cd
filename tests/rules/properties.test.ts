import fc from "fast-check";
import { expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { proves } from "../../src/server/identity/trust.ts";
import { canonical, mergeProfiles, type Profile } from "../../src/server/identity/values.ts";
import { happen, happening, POOLS, request, type Happening } from "./happenings.ts";
import { violationsIn } from "./world-invariants.ts";
import { World } from "./world.ts";

// More of them: PROPERTY_RUNS=10000 npx vitest run tests/rules
const RUNS = { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 500) };

const history = fc.array(happening(), { maxLength: 30 });

const lived = (happenings: readonly Happening[]): World => {
  const world = new World();
  for (const what of happenings) happen(world, what);
  return world;
};

const said = (request: (Happening & { kind: "ask" })["request"]): Happening => ({ kind: "ask", request, late: 0 });

/** The state as far as anybody can tell, without clocks. */
const stateOf = (world: World) =>
  canonical([
    [...world.contacts.values()].map(({ id, status, identifiers, channels, values }) => ({
      id,
      status,
      values,
      keys: identifiers.map(({ kind, value, proof }) => `${kind} ${value} ${proof}`).sort(),
      channels: channels.map(({ type, value, status: may, current }) => `${type} ${value} ${may} ${current}`).sort(),
    })),
    [...world.merged],
    world.stretches.map(({ kind, id, contactId, validFrom, validTo }) => [
      kind,
      id,
      contactId,
      String(validFrom),
      String(validTo),
    ]),
  ]);

test("after every happening of any history all invariants hold (I1–I3, I7, I22)", () => {
  fc.assert(
    fc.property(history, (happenings) => {
      const world = new World();
      for (const what of happenings) {
        happen(world, what);
        expect(violationsIn(world)).toEqual([]);
      }
    }),
    RUNS,
  );
});

test("every id ever handed out leads to a contact that is there, in one hop (I7)", () => {
  fc.assert(
    fc.property(history, (happenings) => {
      const world = new World();
      const handedOut = new Set<ContactId>();
      for (const what of happenings) {
        const outcome = happen(world, what);
        if (outcome?.kind === "resolved") for (const id of [outcome.contactId, ...outcome.merged]) handedOut.add(id);
      }
      for (const id of handedOut) expect(world.contacts.has(world.survivor(id))).toBe(true);
    }),
    RUNS,
  );
});

test("no event is on two timelines (I3, I4)", () => {
  fc.assert(
    fc.property(history, (happenings) => {
      const world = lived(happenings);
      const seen = [...world.contacts.keys()].flatMap((id) => world.timeline(id));
      expect(new Set(seen).size).toBe(seen.length);
    }),
    RUNS,
  );
});

test("a page view changes no contact and makes none (I8)", () => {
  fc.assert(
    fc.property(history, fc.constantFrom(...POOLS.visitors), (happenings, visitor) => {
      const world = lived(happenings);
      const before = stateOf(world);
      world.hit(visitor);
      expect(stateOf(world)).toBe(before);
    }),
    RUNS,
  );
});

test("the external id of a contact never changes and never disappears (I9)", () => {
  fc.assert(
    fc.property(history, (happenings) => {
      const world = new World();
      const known = new Map<ContactId, string>();
      for (const what of happenings) {
        happen(world, what);
        for (const [id, external] of known) expect(world.holder("external", external)?.id).toBe(id);
        for (const [id, { identifiers }] of world.contacts) {
          const external = identifiers.find(({ kind }) => kind === "external");
          if (external) known.set(id, external.value);
        }
      }
    }),
    RUNS,
  );
});

test("a request said twice is a request said once: the second changes nothing (I10)", () => {
  fc.assert(
    fc.property(history, request(POOLS), (happenings, asked) => {
      const world = lived(happenings);
      const first = world.ask(asked);
      const before = stateOf(world);
      const second = world.ask(asked);
      expect(stateOf(world)).toBe(before);
      if (first.kind === "resolved") {
        // What a browser made by itself the first time is its own contact the second time.
        if (second.kind === "resolved") expect(second).toMatchObject({ contactId: first.contactId, changed: false });
        else expect(asked.trust).toBe("claim");
      }
    }),
    RUNS,
  );
});

test("an unsigned browser changes no contact that was there before, whatever it says (I21)", () => {
  fc.assert(
    fc.property(
      history,
      request(POOLS),
      fc.constantFrom("new-contacts", "signed", "open"),
      (happenings, asked, mode) => {
        fc.pre(asked.trust === "claim");
        const world = lived(happenings);
        const before = new Map([...world.contacts].filter(([, { status }]) => status === "live"));
        const stretches = world.stretches.map((stretch) => ({ ...stretch }));
        const outcome = world.ask({ ...asked, mode });
        for (const [id, contact] of before) expect(world.contacts.get(id)).toEqual(contact);
        for (const stretch of stretches) {
          const now = world.stretches.find(({ bindingId }) => bindingId === stretch.bindingId);
          // It may leave its own visitor's contact; nobody else's stretch moves.
          if (stretch.id !== asked.visitorIds?.[0]) expect(now).toEqual(stretch);
          else expect(now?.contactId).toBe(stretch.contactId);
        }
        if (mode !== "open" && outcome.kind === "resolved") expect(outcome.created).toBe(true);
      },
    ),
    RUNS,
  );
});

test("the proof of a key never falls while its owner keeps it (I27)", () => {
  const strength = { claimed: 0, confirmed: 1, server: 2 };
  fc.assert(
    fc.property(history, (happenings) => {
      const world = new World();
      let before = new Map<string, number>();
      for (const what of happenings) {
        happen(world, what);
        const now = new Map<string, number>();
        for (const { id, identifiers } of world.contacts.values()) {
          for (const { kind, value, proof } of identifiers) now.set(`${id} ${kind} ${value}`, strength[proof]);
        }
        for (const [key, proof] of now) expect(proof).toBeGreaterThanOrEqual(before.get(key) ?? 0);
        before = now;
      }
    }),
    RUNS,
  );
});

test("a key that is only claimed never keeps a proven person from it (I27, B24)", () => {
  fc.assert(
    fc.property(history, fc.constantFrom(...POOLS.emails), (happenings, email) => {
      const world = lived(happenings);
      const asked = { trust: "server", verb: "upsert", externalCustomerId: "E9", email } as const;
      const holder = world.holder("email", email.trim().toLowerCase());
      const hold = holder?.identifiers.find(({ kind }) => kind === "email");
      const outcome = world.ask(asked);
      if (hold?.proof === "claimed" && holder?.status === "live" && outcome.kind === "resolved") {
        expect(proves(asked, "email")).toBe(true);
        expect(world.holder("email", email.trim().toLowerCase())?.id).toBe(outcome.contactId);
      }
    }),
    RUNS,
  );
});

test("no claim survives its visitor's proof (I28)", () => {
  fc.assert(
    fc.property(history, fc.constantFrom(...POOLS.visitors), (happenings, visitor) => {
      const world = lived(happenings);
      world.ask({ externalCustomerId: "E9", visitorIds: [visitor] });
      expect(world.claims.filter(({ visitorId }) => visitorId === visitor)).toEqual([]);
    }),
    RUNS,
  );
});

test("consent never rises by itself: an unsubscribed address stays so without its owner's mail (I17)", () => {
  fc.assert(
    fc.property(history, history, (before, after) => {
      const world = lived(before);
      for (const [id, contact] of world.contacts) {
        world.contacts.set(id, {
          ...contact,
          channels: contact.channels.map((it) => ({ ...it, status: "unsubscribed", updatedAt: Infinity })),
        });
      }
      const addresses = [...world.contacts].flatMap(([id, { channels }]) =>
        channels.map(({ value }) => ({ id, value })),
      );
      for (const what of after) if (what.kind !== "ask" || what.request.trust !== "mail") happen(world, what);
      for (const { id, value } of addresses) {
        const channel = world.contacts.get(world.survivor(id))?.channels.find((it) => it.value === value);
        // A push token may have gone to another phone; whatever is still here is still a no.
        if (channel) expect(channel.status).toBe("unsubscribed");
      }
    }),
    RUNS,
  );
});

test("an unsubscribe keeps its time when its address is withheld, and so outlasts an older word in a merge", () => {
  const phone = "+380441234502";
  const world = lived([
    said({ externalCustomerId: "E3", phone, visitorIds: ["visitor-1"], trust: "claim", verb: "subscribe" }),
  ]);
  const [[claimed, contact] = []] = world.contacts;
  if (claimed === undefined || contact === undefined) throw new Error("The claim made no contact.");
  const channels = contact.channels.map((it) => ({ ...it, status: "unsubscribed", updatedAt: Infinity }) as const);
  world.contacts.set(claimed, { ...contact, channels });

  happen(world, said({ externalCustomerId: "E3", visitorIds: ["visitor-2"], trust: "signed", verb: "identify" }));
  const [{ withheld, updatedAt, status } = {}] = world.contacts.get(claimed)?.channels ?? [];
  expect({ withheld, updatedAt, status }).toEqual({ withheld: true, updatedAt: Infinity, status: "unsubscribed" });
});

test("requests that share neither identifier nor source don't care about their order (I13)", () => {
  const others = {
    externals: ["F1", "F2"],
    emails: ["x@mail.example", "y@mail.example"],
    phones: ["+380441234508"],
    visitors: ["visitor-8", "visitor-9"],
    devices: ["device-9-abcdefgh"],
  };
  const asks = (pools: typeof POOLS) => fc.array(request(pools), { maxLength: 8 });
  const facts = (world: World) =>
    [...world.contacts.values()]
      .map(({ identifiers, channels, values, status }) =>
        canonical([
          identifiers.map(({ kind, value }) => `${kind} ${value}`).sort(),
          channels.map(({ value }) => value).sort(),
          values,
          status,
        ]),
      )
      .sort();
  fc.assert(
    fc.property(asks(POOLS), asks(others), fc.array(fc.boolean()), (ones, twos, coins) => {
      const [apart, mixed] = [new World(), new World()];
      for (const one of [...ones, ...twos]) apart.ask(one);
      const [left, right] = [[...ones], [...twos]];
      for (const coin of coins) {
        const next = (coin ? left : right).shift();
        if (next) mixed.ask(next);
      }
      for (const rest of [...left, ...right]) mixed.ask(rest);
      expect(facts(mixed)).toEqual(facts(apart));
    }),
    RUNS,
  );
});

test("deleting and restoring brings the same keys, fields, addresses and past back (I15)", () => {
  fc.assert(
    fc.property(history, (happenings) => {
      const world = lived(happenings);
      const { contactId } = resolved(
        world.ask({ externalCustomerId: "E9", email: "i@mail.example", visitorIds: ["visitor-9"] }),
      );
      const at = world.hit("visitor-9");
      const before = world.contacts.get(contactId);
      world.delete(contactId);
      expect(world.ask({ externalCustomerId: "E9" })).toMatchObject({ contactId, restored: true });
      expect(world.contacts.get(contactId)).toEqual(before);
      expect(world.timeline(contactId)).toEqual([at]);
    }),
    RUNS,
  );
});

const profile: fc.Arbitrary<Profile> = fc
  .dictionary(
    fc.constantFrom("firstName", "town", "attributes.plan"),
    fc.record({
      value: fc.constantFrom("a", "b", "c"),
      rank: fc.integer({ min: 1, max: 4 }),
      at: fc.integer({ min: 0, max: 3 }),
      by: fc.integer({ min: 1, max: 4 }),
    }),
  )
  .map((entries) => ({
    values: Object.fromEntries(Object.entries(entries).map(([name, { value }]) => [name, value])),
    provenance: Object.fromEntries(
      Object.entries(entries).map(([name, { rank, at, by }]) => [name, { rank, at, by: by as ContactId }]),
    ),
  }));

test("merging fields is commutative, associative and idempotent (I11, M3)", () => {
  fc.assert(
    fc.property(profile, profile, profile, (a, b, c) => {
      expect(mergeProfiles(a, b)).toEqual(mergeProfiles(b, a));
      expect(mergeProfiles(mergeProfiles(a, b), c)).toEqual(mergeProfiles(a, mergeProfiles(b, c)));
      expect(mergeProfiles(a, a)).toEqual(a);
    }),
    RUNS,
  );
});

test("three contacts merged in any order end in the same survivor with the same fields and addresses (I11)", () => {
  const described = fc.record({
    email: fc.boolean(),
    phone: fc.boolean(),
    device: fc.boolean(),
    town: fc.option(fc.constantFrom("Kyiv", "Lviv"), { nil: undefined }),
  });
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 2, 0],
    [2, 1, 0],
  ] as const;
  fc.assert(
    fc.property(
      fc.tuple(described, described, described),
      fc.option(fc.nat(2), { nil: undefined }),
      (three, identified) => {
        const ends = orders.map(([x, y, z]) => {
          const world = new World();
          const ids = three.map(
            (it, index) =>
              resolved(
                world.ask({
                  trust: "server",
                  verb: "upsert",
                  ...(index === identified && { externalCustomerId: "E1" }),
                  ...(it.email && { email: `p${index}@mail.example` }),
                  ...(it.phone && { phone: `+38044123450${index}` }),
                  ...((it.device || (!it.email && !it.phone)) && { deviceId: `device-${index}-abcdefgh` }),
                  fields: { town: it.town },
                }),
              ).contactId,
          );
          const at = (index: number): ContactId => ids[index] ?? (0 as ContactId);
          world.merge(at(x), at(y));
          world.merge(at(y), at(z));
          const [survivor, ...others] = [...world.contacts.values()];
          expect(others).toEqual([]);
          return canonical([
            survivor?.id,
            survivor?.values,
            // Which of several emails is the key is decided by who survives each merge (M11), not by all three.
            survivor?.channels.map(({ type, value }) => `${type} ${value}`).sort(),
          ]);
        });
        expect(new Set(ends).size).toBe(1);
      },
    ),
    RUNS,
  );
});

function resolved(outcome: ReturnType<World["ask"]>) {
  if (outcome.kind !== "resolved") throw new Error(JSON.stringify(outcome));
  return outcome;
}
