// Breaks identity on purpose, one rule at a time, in a copy of the tree; the tests must notice. Results: MUTANTS.md.
// npx tsx tests/identity/mutants.ts [part of a name]
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}

const RULES = ["tests/rules/identity-tables.test.ts"];
// Slower, so asked only when the examples notice nothing.
const PROPERTIES = ["tests/rules/properties.test.ts"];
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

const MUTANTS: readonly Mutant[] = [
  mutant(
    "advisory lock removed",
    "locks",
    ["if (numbers.length === 0) return;", "if (numbers.length >= 0) return;"],
    RACES,
  ),
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
  mutant(
    "blank treated as a value",
    "values",
    ['!(typeof value === "string" && value.trim() === "")', "value !== Symbol.for(name)"],
    RULES,
  ),
  mutant(
    "registers by time alone",
    "values",
    ["if (x.rank !== y.rank) return x.rank > y.rank;\n  if (x.at", "if (x.at"],
    RULES,
  ),
  mutant(
    "delete leaves stretches open",
    "delete-contact",
    ["WHERE contact_id = $1 AND valid_to IS NULL\n", "WHERE contact_id = $1 AND valid_to IS NULL AND $1 < 0\n"],
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
    ["if (source) removed += await removeStretch", "if (source && removed < 0) removed += await removeStretch"],
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

const [wanted = ""] = process.argv.slice(2);
for (const mutation of MUTANTS.filter(({ name }) => name.includes(wanted)))
  console.log(`| ${mutation.name} | ${fate(mutation)} |`);

function fate({ file, from, to, tests }: Mutant): string {
  const tree = mkdtempSync(join(tmpdir(), "identity-mutant-"));
  try {
    const left = new Set(["node_modules", ".git", "data"]);
    for (const part of readdirSync(".").filter((name) => !left.has(name)))
      cpSync(part, join(tree, part), { recursive: true });
    symlinkSync(join(process.cwd(), "node_modules"), join(tree, "node_modules"));
    const source = readFileSync(join(tree, file), "utf8");
    if (!source.includes(from)) return "NOT APPLIED: the line has changed";
    writeFileSync(join(tree, file), source.replace(from, to));
    // Rules need no database: without one a mutant is judged in seconds.
    const config = join(tree, "vitest.rules.ts");
    writeFileSync(
      config,
      'export default { test: { include: ["tests/rules/*.test.ts"], pool: "forks", testTimeout: 600_000 } };',
    );
    const first = verdictOf(tree, { tests, config });
    return first === undefined && tests === RULES
      ? (verdictOf(tree, { tests: PROPERTIES, config }) ?? "SURVIVED")
      : (first ?? "SURVIVED");
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** Which tests went red; nothing when all are green. */
function verdictOf(tree: string, { tests, config }: { tests: readonly string[]; config: string }): string | undefined {
  const how = tests === RULES || tests === PROPERTIES ? ["--config", config] : [];
  const env = { ...process.env, PROPERTY_RUNS: "100", NO_COLOR: "1" };
  const run = spawnSync("npx", ["vitest", "run", ...how, "--bail", "3", ...tests], {
    cwd: tree,
    env,
    encoding: "utf8",
  });
  const red = [...run.stdout.matchAll(/× (.*?)\s+\d+ms$/gm)].map(([, name]) => name);
  if (red.length > 0) return `red: ${red.slice(0, 2).join("; ")}`;
  return run.status === 0 ? undefined : `did not run: ${run.stderr.slice(0, 600)}`;
}
