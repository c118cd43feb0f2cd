import { ById } from "../../../contract/admin/pieces.ts";
import {
  Catalogue,
  NewSegment,
  Segment,
  SegmentChange,
  SegmentList,
  SuggestionQuery,
  Suggestions,
  Trial,
  TrialAnswer,
} from "../../../contract/segments.ts";
import { summariseContacts } from "../../contacts/index.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import {
  changeSegment,
  createSegment,
  findSegment,
  listSegments,
  readCatalogue,
  removeSegment,
  suggestValues,
  TooSlow,
  tryCondition,
  type ConditionFault,
  type SaveOutcome,
  type SegmentDeps,
} from "../../segments/index.ts";
import { adminRoute, type AdminRoute } from "../route.ts";
import { tellRow } from "../tell-contact.ts";

/** Segments: what they ask for, tried out while they are made. */
export function segmentRoutes(deps: SegmentDeps): AdminRoute[] {
  const { db, clock } = deps;
  return [
    adminRoute({
      method: "GET",
      path: "/segments",
      need: "contacts.read",
      answer: SegmentList,
      carryOut: async () => ({ segments: await listSegments(deps) }),
    }),
    adminRoute({
      method: "GET",
      path: "/segments/catalogue",
      need: "contacts.read",
      answer: Catalogue,
      carryOut: () => readCatalogue(db),
    }),
    adminRoute({
      method: "GET",
      path: "/segments/suggestions",
      need: "contacts.read",
      query: SuggestionQuery,
      answer: Suggestions,
      carryOut: async ({ query }) => ({ values: await suggestValues(db, query.field) }),
    }),
    adminRoute({
      // Changes nothing; a tree is too large for an address.
      method: "POST",
      path: "/segments/trial",
      need: "contacts.read",
      body: Trial,
      answer: TrialAnswer,
      async carryOut({ body }) {
        const asOf = clock();
        const outcome = await inTime(tryCondition(deps, body.condition));
        if (outcome.kind === "refused") throw refusal(outcome.faults);
        const contacts = await summariseContacts(db, outcome.found.ids);
        return { total: outcome.found.total, asOf, sentence: outcome.sentence, contacts: contacts.map(tellRow) };
      },
    }),
    adminRoute({
      method: "POST",
      path: "/segments",
      need: "contacts.write",
      body: NewSegment,
      answer: Segment,
      carryOut: async ({ body }) => saved(deps, await createSegment(deps, body)),
    }),
    adminRoute({
      method: "GET",
      path: "/segments/:id",
      need: "contacts.read",
      params: ById,
      answer: Segment,
      carryOut: async ({ params }) => there(await findSegment(deps, params.id)),
    }),
    adminRoute({
      method: "PATCH",
      path: "/segments/:id",
      need: "contacts.write",
      params: ById,
      body: SegmentChange,
      answer: Segment,
      carryOut: async ({ params, body }) => saved(deps, await changeSegment(deps, params.id, body)),
    }),
    adminRoute({
      method: "DELETE",
      path: "/segments/:id",
      need: "contacts.write",
      params: ById,
      async carryOut({ params }) {
        const outcome = await removeSegment(deps, params.id);
        if (outcome.kind === "unknown") throw unknownSegment();
        if (outcome.kind === "inUse") throw inUse(outcome.usedBy.map(({ name }) => name));
      },
    }),
  ];
}

export function unknownSegment(): HttpProblem {
  return problem(404, "unknown_segment", "There is no such segment. It may have been deleted.");
}

/** Answers, or says that it would take too long. */
export async function inTime<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error;
    const words = "To find out who meets these conditions takes too long. Ask for fewer days, or for less.";
    throw problem(503, "segment_too_slow", words, { retryAfter: 30 });
  }
}

async function saved(deps: SegmentDeps, outcome: SaveOutcome): Promise<Segment> {
  switch (outcome.kind) {
    case "saved":
      return there(await findSegment(deps, outcome.id));
    case "unknown":
      throw unknownSegment();
    case "refused":
      throw refusal(outcome.faults);
  }
}

function there(segment: Segment | undefined): Segment {
  if (segment === undefined) throw unknownSegment();
  return segment;
}

function refusal(faults: readonly ConditionFault[]): HttpProblem {
  const errors = faults.slice(0, 20).map(({ path, message }) => ({
    path: path === "name" ? "body/name" : `body/condition${path === "" ? "" : `.${path}`}`,
    message,
  }));
  return problem(400, "invalid", faults[0]?.message ?? "The conditions are not valid.", { errors });
}

function inUse(names: readonly string[]): HttpProblem {
  const told = names.map((name) => `“${name}”`).join(", ");
  return problem(409, "in_use", `This list is used by the conditions of ${told}. Change those first.`);
}
