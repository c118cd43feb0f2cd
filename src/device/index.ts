// The door of `backstory/device`. Types and documentation: api.ts.
import type * as Api from "./api.ts";
import { openDevice as open } from "./device.ts";

export type * from "./api.ts";
export const openDevice: typeof Api.openDevice = open;
