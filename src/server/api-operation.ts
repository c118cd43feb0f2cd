import type { TSchema } from "typebox";
import type { Scope } from "./db/api-keys.ts";

/** One call of the API, for whoever reads about it. Its schemas are those that check the real calls. */
export interface Operation {
  readonly method: "get" | "post" | "put" | "delete";
  /** Below `/api`; `{id}` stands for a part of it. */
  readonly path: string;
  readonly about: "Contacts" | "Uploads" | "Segments" | "Events" | "Apps" | "Fields" | "Set-up";
  readonly summary: string;
  readonly scope: Scope | "any";
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: TSchema;
  readonly example?: unknown;
  /** Absent: a sentence in plain text. */
  readonly answer?: TSchema;
  readonly answerExample: unknown;
}
