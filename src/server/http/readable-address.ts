import type { FastifyRequest } from "fastify";
import { problem } from "./problem.ts";

/** No name, key or search has U+0000, and no database takes it as text. */
export function refuseUnreadableAddress({ url }: FastifyRequest): void {
  if (url.includes("%00")) throw problem(400, "bad_url", "The address has a character that is no text: U+0000.");
}
