import { ByUuid } from "../../../contract/admin/pieces.ts";
import {
  DownloadQuery,
  Export,
  ExportChange,
  ExportDetail,
  ExportList,
  ExportTrial,
  NewExport,
  RunOrder,
  TrialOutcome,
  type ExportRun,
} from "../../../contract/exports.ts";
import { downloadContacts, type Exports, type KnownExport, type StoredRun } from "../../exports/index.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import type { SegmentDeps } from "../../segments/index.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

/** Copies of our tables in somebody's warehouse: set up, tried out, run, looked after. */
export function exportRoutes(deps: SegmentDeps & { readonly exports: Exports }): AdminRoute[] {
  const { exports } = deps;
  const existing = async (id: string) => {
    const found = await exports.find(id);
    if (found === undefined) throw unknown();
    return found;
  };
  return [
    adminRoute({
      method: "GET",
      path: "/contacts/download",
      need: "contacts.download",
      query: DownloadQuery,
      async carryOut({ query, reply }) {
        const file = await downloadContacts(deps, query);
        if (file === undefined)
          throw problem(404, "unknown_segment", "There is no such segment. It may have been deleted.");
        const type = query.format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
        return reply
          .type(type)
          .header("content-disposition", `attachment; filename="contacts.${query.format}"`)
          .send(file);
      },
    }),
    adminRoute({
      method: "GET",
      path: "/exports",
      need: "exports.read",
      answer: ExportList,
      carryOut: async () => ({ exports: (await exports.list()).map(tellExport) }),
    }),
    adminRoute({
      method: "POST",
      path: "/exports",
      need: "exports.write",
      body: NewExport,
      answer: Export,
      carryOut: async ({ body }) => tellExport((await existing(await exports.create(body))).export),
    }),
    adminRoute({
      method: "POST",
      path: "/exports/trial",
      need: "exports.write",
      body: ExportTrial,
      answer: TrialOutcome,
      carryOut: ({ body }) => exports.tryOut(body),
    }),
    adminRoute({
      method: "GET",
      path: "/exports/:id",
      need: "exports.read",
      params: ByUuid,
      answer: ExportDetail,
      async carryOut({ params }) {
        const found = await existing(params.id);
        return { export: tellExport(found.export), runs: found.runs.map(tellRun) };
      },
    }),
    adminRoute({
      method: "PATCH",
      path: "/exports/:id",
      need: "exports.write",
      params: ByUuid,
      body: ExportChange,
      answer: Export,
      async carryOut({ params, body }) {
        if (!(await exports.change(params.id, body))) throw unknown();
        return tellExport((await existing(params.id)).export);
      },
    }),
    adminRoute({
      method: "DELETE",
      path: "/exports/:id",
      need: "exports.write",
      params: ByUuid,
      async carryOut({ params }) {
        if (!(await exports.remove(params.id))) throw unknown();
      },
    }),
    adminRoute({
      method: "POST",
      path: "/exports/:id/run",
      need: "exports.write",
      params: ByUuid,
      body: RunOrder,
      async carryOut({ params, body }) {
        if (!(await exports.ask(params.id, body.allAgain))) throw unknown();
      },
    }),
    adminRoute({
      method: "POST",
      path: "/exports/:id/trial",
      need: "exports.write",
      params: ByUuid,
      answer: TrialOutcome,
      async carryOut({ params }) {
        const outcome = await exports.tryStored(params.id);
        if (outcome === undefined) throw unknown();
        return outcome;
      },
    }),
  ];
}

const unknown = (): HttpProblem => problem(404, "unknown_export", "There is no such export.");

function tellExport({ exportId, destination, pausedAt, lastRun, ...rest }: KnownExport): Export {
  const { name, tables, intervalMinutes, externalId, createdAt, nextRunAt } = rest;
  return {
    id: exportId,
    name,
    tables,
    intervalMinutes,
    place: destination,
    externalId,
    paused: pausedAt !== null,
    createdAt,
    nextRunAt,
    lastRun: lastRun === null ? null : tellRun(lastRun),
  };
}

const tellRun = ({ runId, exportId: _, ...run }: StoredRun): ExportRun => ({ id: runId, ...run });
