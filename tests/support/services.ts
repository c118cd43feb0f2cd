import { createLog } from "../../src/server/lib/log.ts";
import { createServices, type ServiceOptions, type Services } from "../../src/server/services.ts";

/** What the slices need, with settings that suit a test. */
export function testServices(options: Pick<ServiceOptions, "db"> & Partial<ServiceOptions>): Services {
  return createServices({
    log: createLog("silent"),
    secretKey: "a secret that only the tests know, 32+ bytes",
    publicUrl: "http://localhost",
    ...options,
  });
}
