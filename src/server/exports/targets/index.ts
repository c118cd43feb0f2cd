import { unseal } from "../../lib/sealed.ts";
import type { ExportPlace } from "../../../contract/exports.ts";
import type { Reach } from "../../lib/outside-address.ts";
import { ExportRefused } from "../fault.ts";
import type { StoredExport } from "../store.ts";
import { bigQueryTarget } from "./bigquery/index.ts";
import { createWire } from "./bigquery/wire.ts";
import { postgresTarget } from "./postgres/index.ts";
import type { Target } from "./target.ts";

export interface TargetDeps {
  readonly secretKey: string;
  readonly exportReach: Reach;
  /** Waits between two tries. Absent: longer and longer. */
  readonly backOff?: (attempt: number) => Promise<unknown>;
}

/** The destination of an export, with its secret. */
export function openTarget(deps: TargetDeps, { exportId, destination, secret }: StoredExport): Target {
  const plain = unseal(deps.secretKey, placeOfSecret(exportId), secret);
  if (plain === undefined)
    throw new ExportRefused(
      "secret.unreadable",
      "The stored secret was sealed with another key than this installation has now. Enter it again.",
    );
  return targetFor(deps, { exportId, place: destination, secret: plain });
}

export const placeOfSecret = (exportId: string): string => `export ${exportId}`;

/** The same with a secret that is not kept yet. */
export function targetFor(
  { exportReach, backOff }: Omit<TargetDeps, "secretKey">,
  { exportId, place, secret }: { readonly exportId: string; readonly place: ExportPlace; readonly secret: string },
): Target {
  switch (place.kind) {
    case "postgresql":
      return postgresTarget({ place, password: secret, reach: exportReach }, exportId);
    case "bigquery":
      return bigQueryTarget({ place, serviceAccount: secret }, { exportId, wire: createWire(backOff) });
  }
}
