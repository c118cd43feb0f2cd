import { RemovedSamples, SampleStanding } from "../../../contract/admin/samples.ts";
import { problem } from "../../http/problem.ts";
import { findSamples, loadSamples, removeSamples, type SampleDeps } from "../../samples/index.ts";
import { causeOf } from "../cause.ts";
import { adminRoute, type AdminRoute } from "../route.ts";

/** Invented people, to look around with before there are real ones. */
export function sampleRoutes(deps: SampleDeps): AdminRoute[] {
  return [
    adminRoute({
      method: "GET",
      path: "/samples",
      need: "contacts.read",
      answer: SampleStanding,
      carryOut: () => findSamples(deps),
    }),
    adminRoute({
      method: "POST",
      path: "/samples",
      need: "contacts.write",
      answer: SampleStanding,
      async carryOut(call) {
        if (!(await loadSamples(deps, causeOf(call))))
          throw problem(409, "not_empty", "There are contacts already. Sample data is only for an empty installation.");
        return findSamples(deps);
      },
    }),
    adminRoute({
      method: "DELETE",
      path: "/samples",
      need: "contacts.write",
      answer: RemovedSamples,
      carryOut: (call) => removeSamples(deps, causeOf(call)),
    }),
  ];
}
