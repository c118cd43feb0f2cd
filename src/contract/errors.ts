import { Type, type Static } from "typebox";

/** RFC 9457 problem details: every error of our own endpoints. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  /** What happened, why, and what to do. */
  detail: Type.String(),
  /** A word for machines. */
  code: Type.String(),
  requestId: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
});
export type Problem = Static<typeof Problem>;
