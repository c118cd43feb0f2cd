import type { DeviceInput } from "../../contract/devices.ts";
import type { IdentityDeps, SignedOutcome } from "../identity/index.ts";
import { identifyDevice, type AppCaller } from "./identify.ts";
import { momentOf } from "./moment.ts";
import { storeDevice } from "./store.ts";

/**
 * `POST /device`: the first open makes a contact of this installation; with `externalUserId` it is a login, and this
 * call alone has to identify, for no other follows when there are no attributes.
 */
export function registerDevice(
  deps: IdentityDeps,
  { device, caller }: { readonly device: DeviceInput; readonly caller: AppCaller },
): Promise<SignedOutcome> {
  const { deviceId, externalUserId, pushToken, pushSubscribed, email, phone, languageCode, timeZone } = device;
  const { osType, osVersion, deviceModel, appVersion, category } = device;
  const token = pushToken?.trim() ?? "";
  const details = { osType, osVersion, deviceModel, appVersion, category, active: pushSubscribed };
  return identifyDevice(
    deps,
    {
      request: {
        deviceId,
        externalCustomerId: externalUserId,
        email,
        phone,
        fields: { languageCode, timeZone },
        moment: momentOf(device, caller.now),
        channels: token === "" ? [] : [{ type: "mobilepush", value: token, details: withoutAbsent(details) }],
      },
      caller,
    },
    (tx) => storeDevice(tx, { device, ...caller }),
  );
}

function withoutAbsent(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined && value !== null));
}
