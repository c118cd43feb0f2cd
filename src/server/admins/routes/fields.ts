import { FieldList, FieldRow } from "../../../contract/admin/fields.ts";
import { ById } from "../../../contract/admin/pieces.ts";
import { FieldChange, NewField, type Field } from "../../../contract/fields.ts";
import type { FieldId } from "../../../contract/identifiers.ts";
import type { Database } from "../../db/database.ts";
import {
  countContactsWith,
  createField,
  deleteField,
  listFields,
  updateField,
  type FieldOutcome,
  type FindFieldUses,
} from "../../fields/index.ts";
import { problem } from "../../http/problem.ts";
import type { Clock } from "../../lib/clock.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

export interface FieldRouteDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly fieldUsers?: readonly FindFieldUses[];
}

/** Additional fields of contacts. */
export function fieldRoutes({ db, clock, fieldUsers = [] }: FieldRouteDeps): AdminRoute[] {
  async function tell(field: Field): Promise<FieldRow> {
    const [contacts, uses] = await Promise.all([
      countContactsWith(db, field.id),
      Promise.all(fieldUsers.map((find) => find(db, field.id))),
    ]);
    return { ...field, contacts, usedBy: uses.flat().map((use) => ({ ...use })) };
  }
  const stored = async (outcome: FieldOutcome) => tell(storedField(outcome));
  return [
    adminRoute({
      method: "GET",
      path: "/fields",
      need: "contacts.read",
      answer: FieldList,
      carryOut: async () => ({ fields: await Promise.all((await listFields(db)).map(tell)) }),
    }),
    adminRoute({
      method: "POST",
      path: "/fields",
      need: "contacts.write",
      body: NewField,
      answer: FieldRow,
      carryOut: async ({ body }) => stored(await createField(db, { ...body, now: clock() })),
    }),
    adminRoute({
      method: "PATCH",
      path: "/fields/:id",
      need: "contacts.write",
      params: ById,
      body: FieldChange,
      answer: FieldRow,
      carryOut: async ({ params, body }) =>
        stored(await updateField(db, { fieldId: params.id as FieldId, change: body })),
    }),
    adminRoute({
      method: "DELETE",
      path: "/fields/:id",
      need: "contacts.write",
      params: ById,
      async carryOut({ params }) {
        const outcome = await deleteField(db, { fieldId: params.id as FieldId, now: clock(), users: fieldUsers });
        if (outcome.kind === "unknown") throw unknownField();
        if (outcome.kind === "inUse")
          throw problem(409, "field_in_use", `It is used by ${outcome.uses.map(({ name }) => name).join(", ")}.`);
      },
    }),
  ];
}

function storedField(outcome: FieldOutcome): Field {
  switch (outcome.kind) {
    case "stored":
      return outcome.field;
    case "unknown":
      throw unknownField();
    case "refused": {
      const errors = outcome.faults.map(({ field, message }) => ({ path: `body/${field}`, message }));
      throw problem(400, "invalid", outcome.faults.map(({ message }) => message).join(" "), { errors });
    }
  }
}

const unknownField = () => problem(404, "unknown_field", "There is no such field.");
