// The npm package's door. Types and documentation of these functions: api.ts.
import type * as Api from "./api.ts";
import { createBackstory } from "./backstory.ts";

const backstory = createBackstory();

export type * from "./api.ts";
export const init: typeof Api.init = (options) => backstory("init", options);
export const track: typeof Api.track = (name, properties) => backstory("track", name, properties);
export const page: typeof Api.page = (properties) => backstory("page", properties);
export const identify: typeof Api.identify = (person) => backstory("identify", person);
export const subscribe: typeof Api.subscribe = (subscription) => backstory("subscribe", subscription);
export const reset: typeof Api.reset = () => backstory("reset");
export const consent: typeof Api.consent = (decision) => backstory("consent", decision);
export const beforeSend: typeof Api.beforeSend = (hook) => backstory("beforeSend", hook);
