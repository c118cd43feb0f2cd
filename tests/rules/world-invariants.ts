import { isBlockedIdentifier } from "../../src/server/identity/blocked.ts";
import type { World } from "./world.ts";

/** What must hold after every happening (identity.md §11). Answers the violations. */
export function violationsIn(world: World): string[] {
  return [...keyViolations(world), ...stretchViolations(world), ...redirectViolations(world)];
}

function keyViolations({ contacts }: World): string[] {
  const keys = [...contacts.values()].flatMap(({ id, identifiers }) => identifiers.map((key) => ({ ...key, id })));
  const names = keys.map(({ kind, value }) => `${kind} ${value}`);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const blocked = keys.filter(({ kind, value }) => kind === "external" && isBlockedIdentifier(value));
  const several = [...contacts.values()].flatMap(({ id, identifiers }) =>
    (["external", "email", "phone"] as const)
      .filter((kind) => identifiers.filter((key) => key.kind === kind).length > 1)
      .map((kind) => `contact ${id} has several keys of kind ${kind}`),
  );
  const unreachable = [...contacts.values()].flatMap(({ id, identifiers, channels }) =>
    identifiers
      .filter(
        ({ kind, value }) =>
          (kind === "email" || kind === "phone") && !channels.some((it) => it.value === value && it.current),
      )
      .map(({ value }) => `key ${value} of contact ${id} is not one of its addresses`),
  );
  return [
    ...twice.map((name) => `I1/I2 ${name} has two owners`),
    ...blocked.map(({ value }) => `I22 ${value} is an identifier`),
    ...several,
    ...unreachable,
  ];
}

function stretchViolations({ stretches, contacts }: World): string[] {
  const violations: string[] = [];
  for (const [index, a] of stretches.entries()) {
    const owner = contacts.get(a.contactId);
    if (owner === undefined) violations.push(`I7 a stretch of ${a.id} points at contact ${a.contactId}, which is gone`);
    if (owner?.status === "deleted" && a.validTo === Infinity)
      violations.push(`an open stretch of deleted contact ${a.contactId}`);
    if (a.validFrom > a.validTo) violations.push(`a stretch of ${a.id} ends before it begins`);
    for (const b of stretches.slice(index + 1)) {
      const sameSource = a.kind === b.kind && a.id === b.id;
      const empty = a.validFrom === a.validTo || b.validFrom === b.validTo;
      if (sameSource && !empty && a.validFrom < b.validTo && b.validFrom < a.validTo)
        violations.push(`I3 stretches of ${a.id} overlap`);
    }
  }
  return violations;
}

function redirectViolations({ merged, contacts }: World): string[] {
  return [...merged]
    .filter(([, to]) => !contacts.has(to))
    .map(([from, to]) => `I7 ${from} redirects to ${to}, which is gone`);
}
