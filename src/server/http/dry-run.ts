import type { FastifyRequest } from "fastify";
import { problem } from "./problem.ts";

const YES = new Set<unknown>(["1", "true", "", true]);
const NO = new Set<unknown>([undefined, null, "0", "false", false]);

/** Whether somebody only asks what a write would do. A value that cannot be read is refused: it must not be done for real. */
export function isDryRun({ query, body }: FastifyRequest): boolean {
  return [inObject(query, "dry_run"), inObject(body, "dryRun")].some((asked) => {
    if (YES.has(asked)) return true;
    if (NO.has(asked)) return false;
    throw problem(400, "invalid", "dry_run has to be 1 or 0, dryRun true or false.");
  });
}

function inObject(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder !== null && !Array.isArray(holder)
    ? Reflect.get(holder, name)
    : undefined;
}
