import fc from "fast-check";
import type { ContactId } from "../../src/contract/identifiers.ts";
import type { IdentityOutcome, IdentityRequest } from "../../src/server/identity/request.ts";
import type { World } from "./world.ts";

/** One thing that may happen to an installation; small pools, so that collisions are the rule. */
export type Happening =
  | { readonly kind: "ask"; readonly request: Partial<IdentityRequest>; readonly late: number }
  | { readonly kind: "hit"; readonly visitor: string }
  | { readonly kind: "reset"; readonly visitor: string }
  | { readonly kind: "delete"; readonly which: number }
  | { readonly kind: "merge"; readonly which: number; readonly other: number };

export interface Pools {
  readonly externals: readonly string[];
  readonly emails: readonly string[];
  readonly phones: readonly string[];
  readonly visitors: readonly string[];
  readonly devices: readonly string[];
}

export const POOLS: Pools = {
  externals: ["E1", "E2", "E3", "e1", "null", " "],
  emails: ["a@mail.example", "b@mail.example", "c@mail.example", " A@mail.EXAMPLE "],
  phones: ["+380441234501", "+380441234502"],
  visitors: ["visitor-1", "visitor-2", "visitor-3"],
  devices: ["device-1-abcdefgh", "device-2-abcdefgh"],
};

export function request({
  externals,
  emails,
  phones,
  visitors,
  devices,
}: Pools): fc.Arbitrary<Partial<IdentityRequest>> {
  const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
  const names = {
    externalCustomerId: maybe(externals),
    email: maybe(emails),
    phone: maybe(phones),
    fields: fc.record({ town: maybe(["Kyiv", "Lviv"]), firstName: maybe(["Ann", "Bob"]) }),
  };
  const visitor = fc.constantFrom(...visitors).map((id) => [id]);
  return fc.oneof(
    fc
      .record({ ...names, visitorIds: fc.option(visitor, { nil: [] }) })
      .map((it) => ({ ...it, trust: "server", verb: "upsert" }) as const),
    fc.record({ ...names, visitorIds: visitor }).map((it) => ({ ...it, trust: "claim", verb: "identify" }) as const),
    fc.record({ ...names, visitorIds: visitor }).map((it) => ({ ...it, trust: "claim", verb: "subscribe" }) as const),
    fc
      .record({
        externalCustomerId: fc.constantFrom(...externals),
        email: maybe(emails),
        emailFrom: fc.constantFrom("token" as const, "message" as const),
        visitorIds: visitor,
      })
      .map((it) => ({ ...it, trust: "signed", verb: "identify" }) as const),
    fc
      .record({ ...names, deviceId: fc.constantFrom(...devices) })
      .map((it) => ({ ...it, trust: "mobile", verb: "device" }) as const),
    fc
      .record({ email: fc.constantFrom(...emails), visitorIds: visitor })
      .map((it) => ({ ...it, trust: "mail", verb: "subscribe" }) as const),
  );
}

export function happening(pools: Pools = POOLS): fc.Arbitrary<Happening> {
  const late = fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 10_000 }) },
  );
  const visitor = fc.constantFrom(...pools.visitors);
  return fc.oneof(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant("ask" as const), request: request(pools), late }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("hit" as const), visitor }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("reset" as const), visitor }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), which: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("merge" as const), which: fc.nat(20), other: fc.nat(20) }) },
  );
}

/** Lets it happen; answers what a request was told. */
export function happen(world: World, what: Happening): IdentityOutcome | undefined {
  const contact = (which: number): ContactId | undefined => {
    const known = [...world.contacts.keys(), ...world.merged.keys()];
    return known[which % Math.max(1, known.length)];
  };
  switch (what.kind) {
    case "ask":
      return world.ask({ ...what.request, moment: world.tick() - what.late });
    case "hit":
      world.hit(what.visitor);
      return undefined;
    case "reset":
      world.reset(what.visitor);
      return undefined;
    case "delete": {
      const id = contact(what.which);
      if (id !== undefined) world.delete(id);
      return undefined;
    }
    case "merge": {
      const [a, b] = [contact(what.which), contact(what.other)];
      if (a !== undefined && b !== undefined) world.merge(a, b);
      return undefined;
    }
  }
}
