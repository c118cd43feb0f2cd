import { Act, ActForecast, ActList, ActListQuery, ActQuestion, NewAct } from "../../../contract/acts.ts";
import { ById } from "../../../contract/admin/pieces.ts";
import {
  forecastAct,
  NO_RESULTS,
  whyNotUndone,
  type ActRow,
  type Acts,
  type Begun,
  type Undone,
} from "../../acts/index.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import type { SegmentDeps } from "../../segments/index.ts";
import { causeOf } from "../cause.ts";
import { adminRoute, type AdminRoute } from "../route.ts";
import { inTime, unknownSegment } from "./segments.ts";

const ACTS_A_PAGE = 25;

/** What is done to many contacts at once: begun, watched, stopped, taken back. */
export function actRoutes(deps: SegmentDeps & { readonly acts: Acts }): AdminRoute[] {
  const { acts } = deps;
  const readOf = async (id: number): Promise<Act> => {
    const act = await acts.find(id);
    if (act === undefined) throw unknownAct();
    return tell(act);
  };
  return [
    adminRoute({
      method: "GET",
      path: "/acts",
      need: "contacts.read",
      query: ActListQuery,
      answer: ActList,
      async carryOut({ query: { before } }) {
        const rows = await acts.list({ before, limit: ACTS_A_PAGE + 1 });
        const page = rows.slice(0, ACTS_A_PAGE);
        return { acts: page.map(tell), next: rows.length > page.length ? (page.at(-1)?.actId ?? null) : null };
      },
    }),
    adminRoute({
      method: "POST",
      path: "/acts",
      need: "contacts.write",
      body: NewAct,
      answer: Act,
      async carryOut(call) {
        const begun = await acts.begin(call.body, causeOf(call).actor);
        if (begun.kind !== "begun") throw notBegun(begun);
        return readOf(begun.actId);
      },
    }),
    adminRoute({
      // Changes nothing; five hundred ids are too many for an address.
      method: "POST",
      path: "/acts/forecast",
      need: "contacts.read",
      body: ActQuestion,
      answer: ActForecast,
      async carryOut({ body }) {
        const forecast = await inTime(forecastAct(deps, body.chosen));
        if (forecast === undefined) throw unknownSegment();
        return forecast;
      },
    }),
    adminRoute({
      method: "GET",
      path: "/acts/:id",
      need: "contacts.read",
      params: ById,
      answer: Act,
      carryOut: ({ params }) => readOf(params.id),
    }),
    adminRoute({
      method: "POST",
      path: "/acts/:id/cancel",
      need: "contacts.write",
      params: ById,
      answer: Act,
      async carryOut({ params }) {
        await acts.cancel(params.id);
        return readOf(params.id);
      },
    }),
    adminRoute({
      method: "POST",
      path: "/acts/:id/undo",
      need: "contacts.write",
      params: ById,
      answer: Act,
      async carryOut(call) {
        const undone = await acts.undo(call.params.id, causeOf(call).actor);
        if (undone.kind !== "begun") throw notUndone(undone.kind);
        return readOf(undone.actId);
      },
    }),
  ];
}

function tell(act: ActRow): Act {
  const { actId, segmentId, segmentName, actor, touchedAt, isUndone: _told, counts, ...rest } = act;
  const seconds = (touchedAt - act.createdAt) / 1_000;
  return {
    ...rest,
    id: actId,
    list: segmentId === null ? null : { id: segmentId, name: segmentName ?? "" },
    counts: { ...NO_RESULTS, ...counts },
    perSecond: act.done > 0 && seconds > 0 ? act.done / seconds : null,
    createdBy: actor.replace(/^admin:/, ""),
    canUndo: whyNotUndone(act) === undefined,
  };
}

const unknownAct = (): HttpProblem => problem(404, "unknown_act", "There was no such bulk act.");

function notBegun({ kind }: Exclude<Begun, { kind: "begun" }>): HttpProblem {
  if (kind === "unknownSegment") return unknownSegment();
  const words = "There is no such list any more, or a dynamic segment has this name. Choose another list.";
  return problem(409, "unknown_list", words);
}

function notUndone(kind: Exclude<Undone["kind"], "begun">): HttpProblem {
  switch (kind) {
    case "unknown":
      return unknownAct();
    case "running":
      return problem(409, "act_running", "It is still under way. Stop it first, then take it back.");
    case "undone":
      return problem(409, "act_undone", "This was taken back before.");
    case "nothing":
      return problem(409, "nothing_to_undo", "Nothing was changed by it that could be taken back.");
  }
}
