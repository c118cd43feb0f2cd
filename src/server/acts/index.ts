// The door of acts: what is done to many contacts at once. `createActs` for the steps, `createActWorker` for what goes on.

export { createActs, createActWorker, type ActDeps, type Acts, type Begun, type Undone } from "./acts.ts";
export { restoringRequest } from "./apply.ts";
export { findChosen } from "./chosen.ts";
export { forecastAct } from "./forecast.ts";
export { NO_RESULTS, whyNotUndone, type WhyNotUndone } from "./rules.ts";
export type { ActRow } from "./store.ts";
