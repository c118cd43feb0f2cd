import { randomUUID } from "node:crypto";
import { listFields } from "../../fields/index.ts";
import { keyOf } from "../../http/auth.ts";
import { json, type Endpoint } from "../../http/compatible.ts";
import { problem } from "../../http/problem.ts";
import { readBulk, type FailedContact } from "../bulk/input.ts";
import { insertSession, MAX_REPORTED, readSession, type RowReport, type SessionReport } from "../bulk/store.ts";
import type { BulkWorker } from "../bulk/worker.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, callerOf } from "./refusals.ts";

/** `POST /contacts`: answered as soon as the upload is safely stored; it is applied afterwards. */
export function takeBulk(deps: ContactApiDeps, worker: BulkWorker): Endpoint["answer"] {
  return async (request, keep) => {
    const reading = readBulk(request.body, await listFields(deps.db));
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    const { now, siteId } = callerOf(request, deps);
    const sessionId = randomUUID();
    const answer = json({ asyncSessionId: sessionId, id: 0, failedContacts: reading.failed });
    await deps.db.transaction(async (tx) => {
      await insertSession(tx, { ...reading, sessionId, keyId: keyOf(request).keyId, siteId, now });
      await keep(tx, answer);
    });
    worker.kick();
    return answer;
  };
}

/** `GET /importstatus/{asyncSessionId}` */
export function showImport({ db }: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const { id = "" } = request.params as Readonly<Record<string, string>>;
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    const report = isUuid ? await readSession(db, id) : undefined;
    if (report === undefined) throw problem(404, "unknown_session", "Import session not found");
    return json(told(id, report));
  };
}

function told(sessionId: string, { status, description, counts, rows }: SessionReport) {
  const { created = 0, updated = 0, unchanged = 0, restored = 0, skipped = 0, failed = 0, waiting = 0 } = counts;
  const total = created + updated + unchanged + restored + skipped + failed + waiting;
  const isCut = rows.length === MAX_REPORTED && total > MAX_REPORTED;
  const cut = `Only ${MAX_REPORTED} rows are listed, those that failed first; all are counted.`;
  return {
    sessionId,
    status,
    description: [description, ...(isCut ? [cut] : [])].filter((text) => text !== "").join(" "),
    total,
    created,
    updated,
    unchanged,
    restored,
    skipped,
    failed,
    ...(status === "FINISHED" && { contacts: rows.flatMap(appliedContact) }),
    failedContacts: rows.flatMap(failedContact),
  };
}

function appliedContact({ rowIndex, result, contactId, externalCustomerId, error }: RowReport) {
  if (result === "failed") return [];
  return [
    {
      index: rowIndex,
      ...(contactId && { id: contactId }),
      ...(externalCustomerId && { externalCustomerId }),
      result,
      ...(error && { reason: error }),
    },
  ];
}

function failedContact({ rowIndex, result, error, externalCustomerId }: RowReport): FailedContact[] {
  if (result !== "failed") return [];
  return [{ index: rowIndex, errorMessage: error ?? "", ...(externalCustomerId && { externalCustomerId }) }];
}
