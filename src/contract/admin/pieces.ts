import { Type } from "typebox";

// The admin's own JSON API, under ADMIN_API_PATH: a file a screen, put together from these. Times are milliseconds since
// 1970; `null` stands for "not set".

export const OrNull = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Union([schema, Type.Null()]);
export const Count = Type.Integer({ minimum: 0 });
export const Time = Type.Number();
export const Text = Type.String();
export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
/** Opaque: comes from the page before. */
export const Cursor = Type.String({ minLength: 1, maxLength: 200 });

/** The row that an address names. */
export const ById = Type.Object({ id: Id });
export const ByText = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) });
export const ByUuid = Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" }) });
