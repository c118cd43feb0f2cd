import { json, type Endpoint } from "../../http/compatible.ts";
import { contactOutput } from "../answers.ts";
import { emailsOf } from "../emails-store.ts";
import { readSearch, searchContacts } from "../search.ts";
import { readRecords } from "../store.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, queryOf } from "./refusals.ts";

/** `GET /contacts` */
export function findContacts({ db }: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const reading = readSearch(queryOf(request));
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    const { ids, total } = await searchContacts(db, reading.search);
    const records = await readRecords(db, ids);
    return json(records.map(contactOutput), { TotalCount: String(total) });
  };
}

/** `GET /contacts/email?ids=1,2`: unknown ids are left out. */
export function showEmails({ db }: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const { ids } = queryOf(request);
    const asked = typeof ids === "string" ? ids.split(",").map((id) => id.trim()) : [];
    if (asked.length === 0 || asked.length > 500 || asked.some((id) => !/^[1-9]\d{0,14}$/.test(id)))
      throw badRequest("Name 1 to 500 contacts: ?ids=1,2");
    return json({ results: await emailsOf(db, asked.map(Number)) });
  };
}
