import type { IncomingMessage } from "node:http";
import { problem, type HttpProblem } from "./problem.ts";

/** Browsers send some thirty, proxies add a few. From 2,000 on Node drops headers and tells nobody. */
const MAX_HEADERS = 200;

const tooMany = problem(431, "too_many_headers", `The request has more than ${MAX_HEADERS} headers.`);
const twoHosts = problem(
  400,
  "two_hosts",
  "The request names two hosts; servers on its way may believe different ones.",
);

/**
 * What Node lets through although it should not be answered: more headers than anybody needs, and a second Host
 * (RFC 9112, 3.2).
 */
export function refuseByHead({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): HttpProblem | undefined {
  if (rawHeaders.length > 2 * MAX_HEADERS) return tooMany;
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts > 1 ? twoHosts : undefined;
}
