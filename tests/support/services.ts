import { createLog } from "../../src/server/lib/log.ts";
import { createServices, type ServiceOptions, type Services } from "../../src/server/services.ts";

export const TEST_SECRET_KEY = "a secret that only the tests know, 32+ bytes";

/** What the slices need, with settings that suit a test. */
export function testServices(options: Pick<ServiceOptions, "db"> & Partial<ServiceOptions>): Services {
  return createServices({
    log: createLog("silent"),
    secretKey: TEST_SECRET_KEY,
    publicUrl: "http://localhost",
    ...options,
  });
}
