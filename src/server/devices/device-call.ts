import type { DeviceInput } from "../../contract/devices.ts";
import type { Instant, SiteId } from "../../contract/identifiers.ts";
import type { Cause, IdentityDeps, IdentityOutcome } from "../identity/index.ts";
import { identifyDevice } from "./identify.ts";
import { storeDevice } from "./store.ts";

/** Which key called, in which request, when. */
export interface AppCaller {
  readonly cause: Cause;
  readonly now: Instant;
  readonly siteId: SiteId | null;
}

/**
 * `POST /device`: the first open makes a contact of this installation; with `externalUserId` it is a login, and this
 * call alone has to identify, for no other follows when there are no attributes.
 */
export function registerDevice(
  deps: IdentityDeps,
  { device, caller }: { readonly device: DeviceInput; readonly caller: AppCaller },
): Promise<IdentityOutcome> {
  const { deviceId, externalUserId, pushToken, pushSubscribed, email, phone, languageCode, timeZone } = device;
  const { cause, now } = caller;
  const { osType, osVersion, deviceModel, appVersion, category } = device;
  const token = pushToken?.trim() ?? "";
  const details = { osType, osVersion, deviceModel, appVersion, category, active: pushSubscribed };
  return identifyDevice(
    deps,
    {
      trust: "mobile",
      verb: "device",
      deviceId,
      externalCustomerId: externalUserId,
      email,
      phone,
      fields: { languageCode, timeZone },
      channels: token === "" ? [] : [{ type: "mobilepush", value: token, details: withoutAbsent(details) }],
      moment: now,
      receivedAt: now,
      contactSource: "MOBILE",
      cause,
    },
    (tx) => storeDevice(tx, { device, ...caller }),
  );
}

function withoutAbsent(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined && value !== null));
}
