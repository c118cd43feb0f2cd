// Rules of identity, each broken in one line. mutants.ts tries them.

/** One line of the code, and what it says when a rule is broken. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}

export const RULES = ["tests/rules/identity-tables.test.ts"];
// Slower, so asked only when the examples notice nothing.
export const PROPERTIES = ["tests/rules/properties.test.ts"];
const scene = (name: string): readonly string[] => [`tests/identity/${name}.test.ts`];
const RACES = ["tests/identity/races.test.ts", "tests/identity/fuzz.test.ts"];

const mutant = (
  name: string,
  file: string,
  [from, to]: readonly [string, string],
  tests: readonly string[],
): Mutant => ({
  name,
  file: `src/server/identity/${file}.ts`,
  from,
  to,
  tests,
});

export const MUTANTS: readonly Mutant[] = [
  mutant("advisory lock removed", "locks", ["if (locks.length > 0) await", "if (locks.length < 0) await"], RACES),
  mutant("row locks removed", "locks", ["ORDER BY contact_id FOR UPDATE`", "ORDER BY contact_id`"], RACES),
  mutant(
    "row locks unsorted",
    "locks",
    ["AND status <> 'merged' ORDER BY contact_id FOR", "AND status <> 'merged' ORDER BY random() FOR"],
    RACES,
  ),
  mutant(
    "second look removed",
    "store",
    ["if (!same || rows.length !== contactIds.length", "if (rows.length < 0"],
    RACES,
  ),
  mutant(
    "winner swapped",
    "merge-rules",
    [
      "return first ? { winner: a, loser: b } : { winner: b, loser: a };",
      "return first ? { winner: b, loser: a } : { winner: a, loser: b };",
    ],
    RULES,
  ),
  mutant(
    "redirects of earlier losers not re-pointed",
    "write-merge",
    ["WHERE merged_into = $2 RETURNING contact_id`", "WHERE merged_into = $2 AND contact_id < 0 RETURNING contact_id`"],
    scene("merge"),
  ),
  mutant(
    "first bind reaches back to now only",
    "binding-rules",
    [
      "const reach = shared ? Math.max(moment, source.lastEnd) : source.lastEnd;",
      "const reach = Math.max(moment, source.lastEnd);",
    ],
    RULES,
  ),
  mutant(
    "late identify moves",
    "binding-rules",
    ["if (open && moment < open.boundAt) {", "if (open && moment < -1) {"],
    RULES,
  ),
  mutant(
    "a form moves a known customer's browser",
    "binding-rules",
    ['request.verb === "subscribe" && externalIdOf(owner)', 'request.verb === "device" && externalIdOf(owner)'],
    RULES,
  ),
  mutant(
    "claims outlive proof",
    "binding-rules",
    ['if (draft.request.trust !== "claim") {', 'if (draft.request.trust === "claim") {'],
    RULES,
  ),
  mutant(
    "shared browsers reach back",
    "binding-rules",
    ["const shared = isShared(draft, source, target);", "const shared = false && isShared(draft, source, target);"],
    RULES,
  ),
  mutant(
    "claim treated as proof",
    "trust",
    ['case "claim":\n      return "claimed";', 'case "claim":\n      return "server";'],
    RULES,
  ),
  mutant(
    "claims never wait",
    "claim-rules",
    ['if (request.mode === "open") {', 'if (request.mode !== "signed") {'],
    RULES,
  ),
  mutant(
    "deleted treated as free",
    "match-rules",
    [
      'if (contact.status === "live") return { kind: "found"',
      'if (contact.status !== "live") return { kind: "nobody" };\n  if (contact.status === "live") return { kind: "found"',
    ],
    RULES,
  ),
  mutant(
    "a token restores",
    "match-rules",
    [
      'const mayRestore = request.trust === "server"',
      'const mayRestore = request.trust === "signed" || request.trust === "server"',
    ],
    RULES,
  ),
  mutant(
    "another external id is a match",
    "match-rules",
    ["return request.external === undefined || externalIdOf(contact) === undefined;", "return true;"],
    RULES,
  ),
  mutant(
    "phone guard removed",
    "match-rules",
    ['return trust === "server" || email === undefined', "return true || email === undefined"],
    RULES,
  ),
  mutant(
    "unproven phone merges",
    "address-rules",
    ["if (!proves(draft.request, kind)) return", "if (kind === undefined) return"],
    scene("claims"),
  ),
  mutant(
    "a claimed key blocks a proven person",
    "address-rules",
    ['hold?.proof === "claimed" && proves', 'hold?.proof === "server" && proves'],
    RULES,
  ),
  mutant("a withheld address rises", "address-rules", ["!named.withheld && risesFrom", "risesFrom"], RULES),
  mutant(
    "the back end revives an unsubscribed address",
    "address-rules",
    [': ["unconfirmed"];', ': ["unconfirmed", "unsubscribed"];'],
    RULES,
  ),
  mutant(
    "an undone pair merges again",
    "merge-rules",
    [
      'winner.apartFrom.includes(loser.id)) return "apart"',
      'winner.apartFrom.includes(-loser.id as never)) return "apart"',
    ],
    scene("merge"),
  ),
  mutant("blank treated as a value", "values", ['if (said !== "") values', "if (said !== null) values"], RULES),
  mutant(
    "registers by time alone",
    "values",
    ["if (x.rank !== y.rank) return x.rank > y.rank;\n  if (x.at", "if (x.at"],
    RULES,
  ),
  mutant(
    "delete leaves stretches open",
    "delete-contact",
    ["= ANY($1::bigint[]) AND valid_to IS NULL", "= ANY($1::bigint[]) AND valid_to IS NULL AND false"],
    scene("lifecycle"),
  ),
  mutant(
    "logout ignores when it was said",
    "close-visitor",
    ["AND bound_at <= $2", "AND bound_at <= $2::timestamptz + interval '1 year'"],
    scene("claims"),
  ),
  mutant(
    "erasure leaves no tombstones",
    "erase-contact",
    ["await tx.query(BURY_SOURCES", "if (stretches.length < 0) await tx.query(BURY_SOURCES"],
    scene("lifecycle"),
  ),
  mutant(
    "erasure keeps the audit's sources",
    "erase-contact",
    ["UPDATE identity_audit SET source_id = NULL", "UPDATE identity_audit SET source_kind = source_kind"],
    scene("lifecycle"),
  ),
  mutant(
    "sweep left out",
    "erased-events",
    ["if (source === undefined) continue;", "if (source === undefined || removed >= 0) continue;"],
    scene("lifecycle"),
  ),
  mutant(
    "undo leaves stretches where they are",
    "undo-merge",
    ["await tx.query(MOVE_BINDINGS_BACK", "if (order.mergeId < 0) await tx.query(MOVE_BINDINGS_BACK"],
    scene("merge"),
  ),
  mutant(
    "a token is good for any browser",
    "identity-token",
    ["if (vid !== check.sourceId)", "if (vid === undefined)"],
    scene("tokens"),
  ),
  mutant(
    "a token is good twice",
    "signed-identity",
    ["if (!fresh && !(await", "if (!fresh && !fresh && fresh && !(await"],
    scene("tokens"),
  ),
  mutant("a token without audience check", "identity-token", ["audience: key.siteKey,", ""], scene("tokens")),
  mutant(
    "a token vouches for the email beside it",
    "trust",
    ['(kind === "email" && emailFrom === "message")', '(kind === "email" && emailFrom === undefined)'],
    RULES,
  ),
  mutant("a placeholder in a token names somebody", "rules", ['trust === "claim" || proves', "true || proves"], RULES),
  mutant(
    "undo keeps what the merge made of an address both had",
    "undo-rules",
    ["return untouched ?", "return untouched && !untouched ?"],
    scene("undo"),
  ),
];
