import { Readable } from "node:stream";
import {
  ImportChange,
  ImportDetails,
  ImportErrorsQuery,
  ImportList,
  ImportListQuery,
  ImportPart,
  ImportProblemList,
  ImportProblemQuery,
  NewImport,
  StartedImport,
  type ImportSummary,
} from "../../../contract/imports.ts";
import { ById } from "../../../contract/admin/pieces.ts";
import { problem, type HttpProblem } from "../../http/problem.ts";
import {
  NO_COUNTS,
  tellRefusal,
  type Done,
  type ImportRow,
  type Imports,
  type ImportView,
} from "../../imports/index.ts";
import { adminRoute, sessionOf, type AdminRoute } from "../route.ts";

const IMPORTS_A_PAGE = 25;
const PROBLEMS_A_PAGE = 50;

export interface ImportRouteDeps {
  readonly imports: Imports;
}

/** Files of contacts: file, columns, check, run; and what became of them. */
export function importRoutes({ imports }: ImportRouteDeps): AdminRoute[] {
  const readOf = async (id: number): Promise<ImportDetails> => {
    const found = await imports.find(id);
    if (found === undefined) throw unknown();
    return tellDetails(found);
  };
  const after = async (id: number, done: Done): Promise<ImportDetails> => {
    if (done.kind !== "done") throw refusal(done);
    return readOf(id);
  };
  return [
    adminRoute({
      method: "GET",
      path: "/imports",
      need: "contacts.read",
      query: ImportListQuery,
      answer: ImportList,
      async carryOut({ query: { before } }) {
        const rows = await imports.list({ before, limit: IMPORTS_A_PAGE + 1 });
        const page = rows.slice(0, IMPORTS_A_PAGE);
        return { imports: page.map(tell), next: rows.length > page.length ? (page.at(-1)?.importId ?? null) : null };
      },
    }),
    adminRoute({
      method: "POST",
      path: "/imports",
      need: "contacts.write",
      body: NewImport,
      answer: StartedImport,
      carryOut: async (call) => ({
        id: await imports.begin({ ...call.body, actor: `admin:${sessionOf(call).login}` }),
      }),
    }),
    adminRoute({
      method: "POST",
      path: "/imports/:id/parts/:part",
      need: "contacts.write",
      params: ImportPart,
      async carryOut({ params: { id, part }, body }) {
        if (!Buffer.isBuffer(body) || body.length === 0)
          throw problem(400, "no_bytes", "A part of a file is sent as application/octet-stream and is not empty.");
        const done = await imports.putPart(id, part, body);
        if (done.kind !== "done") throw refusal(done);
        return undefined;
      },
    }),
    adminRoute({
      method: "POST",
      path: "/imports/:id/complete",
      need: "contacts.write",
      params: ById,
      answer: ImportDetails,
      carryOut: async ({ params: { id } }) => after(id, await imports.complete(id)),
    }),
    adminRoute({
      method: "GET",
      path: "/imports/:id",
      need: "contacts.read",
      params: ById,
      answer: ImportDetails,
      carryOut: ({ params }) => readOf(params.id),
    }),
    adminRoute({
      method: "PATCH",
      path: "/imports/:id",
      need: "contacts.write",
      params: ById,
      body: ImportChange,
      answer: ImportDetails,
      carryOut: async ({ params: { id }, body }) => after(id, await imports.change(id, body)),
    }),
    adminRoute({
      method: "POST",
      path: "/imports/:id/check",
      need: "contacts.write",
      params: ById,
      answer: ImportDetails,
      carryOut: async ({ params: { id } }) => after(id, await imports.check(id)),
    }),
    adminRoute({
      method: "POST",
      path: "/imports/:id/run",
      need: "contacts.write",
      params: ById,
      answer: ImportDetails,
      carryOut: async ({ params: { id } }) => after(id, await imports.run(id)),
    }),
    adminRoute({
      method: "POST",
      path: "/imports/:id/cancel",
      need: "contacts.write",
      params: ById,
      answer: ImportDetails,
      carryOut: async ({ params: { id } }) => after(id, await imports.cancel(id)),
    }),
    ...problemRoutes(imports),
  ];
}

/** Which rows were left out, and why: page by page, and as a file that can be corrected and imported again. */
function problemRoutes(imports: Imports): AdminRoute[] {
  return [
    adminRoute({
      method: "GET",
      path: "/imports/:id/problems",
      need: "contacts.read",
      params: ById,
      query: ImportProblemQuery,
      answer: ImportProblemList,
      async carryOut({ params: { id }, query: { kind = "failure", language = "en", after: from = 0 } }) {
        const found = await imports.listProblems(id, { kind, after: from, limit: PROBLEMS_A_PAGE + 1, language });
        if (found === undefined) throw unknown();
        const page = found.slice(0, PROBLEMS_A_PAGE);
        return {
          problems: page.map(({ columnName, ...said }) => ({ ...said, column: columnName })),
          next: found.length > page.length ? (page.at(-1)?.number ?? null) : null,
        };
      },
    }),
    adminRoute({
      method: "GET",
      path: "/imports/:id/errors.csv",
      need: "contacts.read",
      params: ById,
      query: ImportErrorsQuery,
      async carryOut({ params: { id }, query: { language = "en" }, reply }) {
        const pieces = await imports.writeErrors(id, language);
        if (pieces === undefined) throw unknown();
        reply.type("text/csv; charset=utf-8").header("content-disposition", `attachment; filename="errors-${id}.csv"`);
        return Readable.from(pieces);
      },
    }),
  ];
}

function tell(row: ImportRow): ImportSummary {
  const { importId: id, state, fileName, fileSize, actor, createdAt, finishedAt, rowsTotal, rowsDone } = row;
  return {
    id,
    state,
    fileName,
    fileSize,
    createdBy: actor.replace(/^admin:/, ""),
    createdAt,
    finishedAt,
    rowsTotal,
    rowsDone,
    counts: { ...NO_COUNTS, ...row.counts },
    rowsPerSecond: row.rowsPerSecond,
    namesContacts: row.namesContacts,
  };
}

function tellDetails(view: ImportView): ImportDetails {
  const { format, settings, fault, isRemembered, columns, checked, samples, failures, notes, error } = view;
  return {
    ...tell(view),
    bytesStored: view.bytesStored,
    format,
    settings,
    fault,
    isRemembered,
    columns: [...columns],
    checked: checked && { ...NO_COUNTS, ...checked },
    samples: [...samples],
    failures,
    notes,
    error,
  };
}

const unknown = () => problem(404, "unknown_import", "There is no such import.");

function refusal(done: Exclude<Done, { kind: "done" }>): HttpProblem {
  const sentence = tellRefusal(done);
  switch (done.kind) {
    case "unknown":
      return unknown();
    case "wrongState":
      return problem(409, "wrong_state", sentence);
    case "notWhole":
      return problem(409, "not_whole", sentence);
    case "empty":
      return problem(400, "empty_file", sentence);
    case "workbook":
      return problem(400, "workbook", sentence);
    case "faulty":
      return problem(400, done.fault, sentence);
  }
}
