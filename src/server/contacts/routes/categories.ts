import { json, type Endpoint } from "../../http/compatible.ts";
import { listCategories, replaceCategories } from "../category-store.ts";
import { withoutAbsent } from "../contact-input.ts";
import { findContactState } from "../store.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, idIn, living } from "./refusals.ts";

/** `GET /contact/{id}/subscriptions` */
export function showCategories({ db }: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const id = idIn(request);
    return json(await listCategories(db, living(await findContactState(db, id), id)));
  };
}

/** `PUT /contact/{id}/subscriptions`: these and no others. */
export function changeCategories({ db, clock }: ContactApiDeps): Endpoint["answer"] {
  return async (request, keep) => {
    const id = idIn(request);
    const names = withoutAbsent(request.body);
    if (!Array.isArray(names) || names.length > 100 || !names.every(isName))
      throw badRequest("The body has to be a list of at most 100 names.");
    const contactId = living(await findContactState(db, id), id);
    const categories = [...new Set(names.map((name) => name.trim()))].sort();
    return db.transaction(async (tx) => {
      await replaceCategories(tx, { contactId, categories, now: clock() });
      const answer = json(categories);
      await keep(tx, answer);
      return answer;
    });
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= 255 && !/\p{Cc}/u.test(value);
}
