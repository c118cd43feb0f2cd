import type { BigQueryPlace } from "../../../../contract/exports.ts";
import { systemClock } from "../../../lib/clock.ts";
import type { Target } from "../target.ts";
import { bigQueryClient } from "./client.ts";
import { readServiceAccount, tokenSource } from "./service-account.ts";
import { openBigQuerySession } from "./session.ts";
import type { Wire } from "./wire.ts";

export interface BigQueryAccess {
  readonly place: BigQueryPlace;
  /** The file of the key, as text. */
  readonly serviceAccount: string;
}

/** A dataset in somebody's BigQuery. */
export function bigQueryTarget(
  { place, serviceAccount }: BigQueryAccess,
  { exportId, wire }: { readonly exportId: string; readonly wire: Wire },
): Target {
  const connect = () => {
    const account = readServiceAccount(serviceAccount);
    // The token's times are Google's, not those of a clock that a test moves.
    const token = tokenSource(account, { wire, clock: systemClock });
    return bigQueryClient({ projectId: account.projectId, wire, token });
  };
  return {
    form: "lines",
    async tryOut() {
      const client = connect();
      const found = await client.findDataset(place.dataset);
      await client.tryQuery({ query: "SELECT 1", location: found?.location ?? place.location });
      return `BigQuery, project ${client.projectId}`;
    },
    open: async () => openBigQuerySession(connect(), { exportId, place, now: systemClock }),
  };
}
