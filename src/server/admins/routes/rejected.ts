import { ById } from "../../../contract/admin/pieces.ts";
import { RejectedPage, RejectedQuery, Replay } from "../../../contract/admin/rejected.ts";
import { problem } from "../../http/problem.ts";
import {
  countRejected,
  listRejected,
  removeRejected,
  replayRejected,
  type Rejected,
  type ReplayDeps,
} from "../../visitors/index.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

const A_PAGE = 50;

/** What was not taken and why; repaired and replayed, or dismissed. It may name people, so reading it is reading contacts. */
export function rejectedRoutes(deps: ReplayDeps): AdminRoute[] {
  const { db } = deps;
  return [
    adminRoute({
      method: "GET",
      path: "/rejected",
      need: "contacts.read",
      query: RejectedQuery,
      answer: RejectedPage,
      async carryOut({ query: { before, code } }) {
        const [rows, counts] = await Promise.all([
          listRejected(db, { before, code, limit: A_PAGE + 1 }),
          countRejected(db),
        ]);
        const shown = rows.slice(0, A_PAGE);
        const next = rows.length > A_PAGE ? (shown.at(-1)?.rejectedId ?? null) : null;
        return { rejected: shown.map(tell), counts: [...counts], next };
      },
    }),
    adminRoute({
      method: "POST",
      path: "/rejected/:id/replay",
      need: "sites.write",
      params: ById,
      body: Replay,
      async carryOut({ params, body }) {
        const outcome = await replayRejected(deps, { rejectedId: params.id, message: body.message });
        if (outcome.kind === "gone") throw gone();
        if (outcome.kind === "refused") throw problem(400, outcome.fault.code, outcome.fault.reason);
      },
    }),
    adminRoute({
      method: "DELETE",
      path: "/rejected/:id",
      need: "sites.write",
      params: ById,
      async carryOut({ params }) {
        if (!(await removeRejected(db, params.id))) throw gone();
      },
    }),
  ];
}

const gone = () =>
  problem(404, "unknown_message", "This message is not kept any more: replayed, dismissed or too old.");

function tell({ rejectedId, siteId, receivedAt, code, reason, message }: Rejected) {
  return { id: rejectedId, siteId, at: receivedAt, code, reason, message: JSON.stringify(message, null, 2) };
}
