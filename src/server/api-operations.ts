import { CONTACT_OPERATIONS } from "./api-contact-operations.ts";
import type { Operation } from "./api-operation.ts";
import { OTHER_OPERATIONS } from "./api-other-operations.ts";

/** Every call of the API. */
export const OPERATIONS: readonly Operation[] = [...CONTACT_OPERATIONS, ...OTHER_OPERATIONS];
