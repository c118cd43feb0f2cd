import type { FastifyRequest } from "fastify";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { FieldChange, NewField, type Field } from "../../../contract/fields.ts";
import type { FieldId } from "../../../contract/identifiers.ts";
import { createField, deleteField, findField, listFields, updateField, type FieldOutcome } from "../../fields/index.ts";
import { json, sentence, type Endpoint } from "../../http/compatible.ts";
import { problem } from "../../http/problem.ts";
import { withoutAbsent } from "../contact-input.ts";
import type { ContactApiDeps } from "./deps.ts";
import { badRequest } from "./refusals.ts";

/** `GET /fields` */
export function showFields({ db }: ContactApiDeps): Endpoint["answer"] {
  return async () => json(await listFields(db));
}

/** `POST /fields` */
export function addField({ db, clock }: ContactApiDeps): Endpoint["answer"] {
  const read = reader(NewField, "key, name and type");
  return async (request) => json(stored(await createField(db, { ...read(request.body), now: clock() }), ""));
}

/** `GET /fields/{id}` */
export function showField({ db }: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const { id, asked } = fieldIn(request);
    const field = await findField(db, id);
    if (field === undefined) throw unknown(asked);
    return json(field);
  };
}

/** `PUT /fields/{id}`: another name, other values of a choice. Absent members stay. */
export function changeField({ db }: ContactApiDeps): Endpoint["answer"] {
  const read = reader(FieldChange, "name or allowedValues");
  return async (request) => {
    const { id, asked } = fieldIn(request);
    return json(stored(await updateField(db, { fieldId: id, change: read(request.body) }), asked));
  };
}

/** `DELETE /fields/{id}`: the values that contacts have go with it. */
export function removeField({ db, clock, fieldUsers = [] }: ContactApiDeps): Endpoint["answer"] {
  return async (request) => {
    const { id, asked } = fieldIn(request);
    const outcome = await deleteField(db, { fieldId: id, now: clock(), users: fieldUsers });
    if (outcome.kind === "unknown") throw unknown(asked);
    if (outcome.kind === "deleted") return sentence(`Field with id='${asked}' has been deleted`);
    const users = outcome.uses.map(({ kind, name }) => `${kind} '${name}'`).join(", ");
    throw problem(409, "field_in_use", `The field is used by ${users}. (field_in_use)`);
  };
}

function reader<Schema extends TSchema>(schema: Schema, members: string): (body: unknown) => Static<Schema> {
  const check = Compile(schema);
  return (body) => {
    const input = withoutAbsent(body);
    if (check.Check(input)) return input;
    const place = check.Errors(input)[0]?.instancePath.slice(1).replaceAll("/", ".") ?? "";
    throw badRequest(place === "" ? `The body has to be a JSON object with ${members}.` : `${place} is not valid.`);
  };
}

function stored(outcome: FieldOutcome, asked: string): Field {
  switch (outcome.kind) {
    case "stored":
      return outcome.field;
    case "unknown":
      throw unknown(asked);
    case "refused":
      throw badRequest(outcome.faults.map(({ message }) => message).join(" "));
  }
}

function fieldIn(request: FastifyRequest): { readonly id: FieldId; readonly asked: string } {
  const { id = "" } = request.params as Readonly<Record<string, string>>;
  if (!/^[1-9]\d{0,8}$/.test(id)) throw unknown(id);
  return { id: Number(id) as FieldId, asked: id };
}

const unknown = (id: string) => problem(404, "unknown_field", `Field with id='${id.slice(0, 40)}' not found`);
