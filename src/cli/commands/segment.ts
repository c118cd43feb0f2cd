import { defineCommand } from "citty";
import type { SegmentRow } from "../../contract/segments.ts";
import { listSegmentMembers, listSegments, TooSlow, type SegmentDeps } from "../../server/segments/index.ts";
import { command } from "../command.ts";
import { Failed } from "../outcome.ts";
import { table } from "../table.ts";

const list = command({
  name: "list",
  description: "Show the segments and what they ask for",
  run: (_args, { within, say }) =>
    within(async ({ db }) => {
      const all = await listSegments({ db, clock: Date.now });
      const rows = all.map(({ id, name, kind, sentence }) => [String(id), name, kind, sentence?.en ?? "-"]);
      say(all, rows.length === 0 ? "There is no segment." : table(["id", "name", "kind", "who is in it"], rows));
    }),
});

const count = command({
  name: "count",
  description: "Count who is in a segment at this moment",
  args: { which: { type: "positional", description: "Its id or its name", required: true } },
  run: ({ which }, { within, say }) =>
    within(async ({ db }) => {
      const deps = { db, clock: Date.now };
      const { id, name } = await find(deps, which);
      const members = await countMembers(deps, id);
      say({ id, name, members }, String(members));
    }),
});

/** A name wins over an id: names are what people choose, and one may be a number. */
async function find(deps: SegmentDeps, which: string): Promise<SegmentRow> {
  const all = await listSegments(deps);
  const wanted = which.trim().toLowerCase();
  const found = all.find(({ name }) => name.toLowerCase() === wanted) ?? all.find(({ id }) => String(id) === wanted);
  if (found === undefined) throw new Failed(`There is no segment "${which}". \`backstory segment list\` shows them.`);
  return found;
}

async function countMembers(deps: SegmentDeps, id: number): Promise<number> {
  try {
    const found = await listSegmentMembers(deps, id, { order: "newest", before: undefined, limit: 1 });
    if (found === undefined) throw new Failed("The segment was deleted at this moment.");
    return found.total;
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error;
    throw new Failed("Counting took too long and was given up. Conditions with a number of days are quicker.");
  }
}

export const segment = defineCommand({
  meta: { name: "segment", description: "Groups of people" },
  subCommands: { list, count },
});
