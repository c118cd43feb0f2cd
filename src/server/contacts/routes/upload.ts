import { randomUUID } from "node:crypto";
import { listFields } from "../../fields/index.ts";
import { keyOf } from "../../http/auth.ts";
import { json, type Endpoint } from "../../http/compatible.ts";
import { readUpload } from "../bulk/input.ts";
import { sealLink } from "../bulk/load.ts";
import { insertUpload } from "../bulk/upload-store.ts";
import type { BulkWorker } from "../bulk/worker.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, callerOf } from "./refusals.ts";

/** `POST /contacts/upload`: answered as soon as the link is safely stored; the file is fetched afterwards. */
export function takeLink(deps: ContactApiDeps, worker: BulkWorker): Endpoint["answer"] {
  return async (request, keep) => {
    const reading = readUpload(request.body, await listFields(deps.db));
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    const { link, options } = reading;
    const refusal = await deps.linkedTables.judge(link);
    if (refusal !== undefined) throw badRequest(refusal);
    const { now, siteId } = callerOf(request, deps);
    const sessionId = randomUUID();
    const answer = json({ asyncSessionId: sessionId, id: 0, failedContacts: [] });
    const upload = { sessionId, keyId: keyOf(request).keyId, siteId, options, now };
    await deps.db.transaction(async (tx) => {
      await insertUpload(tx, { ...upload, link: sealLink(deps, sessionId, link) });
      await keep(tx, answer);
    });
    worker.kick();
    return answer;
  };
}
