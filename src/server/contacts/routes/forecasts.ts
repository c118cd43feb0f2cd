import { json, type Endpoint } from "../../http/compatible.ts";
import { dryRun, type IdentityRequest } from "../../identity/index.ts";
import { additionOf, changeOf } from "../contact-calls.ts";
import { readContactInput } from "../contact-input.ts";
import { fieldsNamedIn } from "../field-input.ts";
import { tellForecast } from "../forecast.ts";
import { findContactState } from "../store.ts";
import { readSignUp, signUpOf } from "../subscribe.ts";
import { unwrapped } from "./by-id.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest, callerOf, idIn, living, refusalOf } from "./refusals.ts";

type Forecasting = NonNullable<Endpoint["forecast"]>;

/** `POST /contact?dry_run=1` */
export function forecastAddition(deps: ContactApiDeps): Forecasting {
  return async (request) => {
    const reading = readContactInput(request.body, await fieldsNamedIn(deps.db, request.body));
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    const { contact } = reading;
    return foretell(deps, additionOf(contact, callerOf(request, deps)), contact.contactId ?? "");
  };
}

/** `PUT /contact/{id}?dry_run=1` */
export function forecastChange(deps: ContactApiDeps): Forecasting {
  return async (request) => {
    const id = idIn(request);
    const reading = readContactInput(unwrapped(request.body), await fieldsNamedIn(deps.db, request.body));
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    const contactId = living(await findContactState(deps.db, id), id);
    return foretell(deps, changeOf({ ...reading.contact, contactId }, callerOf(request, deps)), id);
  };
}

/** `POST /contact/subscribe?dry_run=1` */
export function forecastSignUp(deps: ContactApiDeps): Forecasting {
  return async (request) => {
    const reading = readSignUp(request.body, await fieldsNamedIn(deps.db, request.body));
    if (reading.kind === "refused") throw badRequest(reading.sentence);
    const { contact } = reading.signUp;
    return foretell(deps, signUpOf(contact, callerOf(request, deps)), contact.contactId ?? "");
  };
}

async function foretell(deps: ContactApiDeps, request: IdentityRequest, asked: number | string) {
  const forecast = await dryRun(deps, request);
  const { outcome } = forecast;
  if (outcome.kind === "refused") throw refusalOf(outcome, asked);
  if (outcome.kind !== "resolved") throw new Error("A back end's word was taken for a claim.");
  return json(tellForecast({ ...forecast, outcome }));
}
