// The public face of `backstory/device`. Only declarations: the build copies this file to dist/device/index.d.ts as it is.

/** Facts about an event or a person: anything that JSON can carry. */
export type Properties = Readonly<Record<string, unknown>>;

/**
 * Where the client keeps what a restart must not lose. Plain values or promises, whichever the platform has. One storage
 * serves one client at a time.
 */
export interface DeviceStorage {
  /** Nothing (`null`, `undefined`): there is no such entry. */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /** Resolves, or returns, when the entry will survive the end of the app. */
  set(key: string, value: string): unknown;
  remove(key: string): unknown;
}

/** As much of `fetch` as is used. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string; signal: never },
) => Promise<{ status: number; headers: { get(name: string): string | null }; text(): Promise<string> }>;

/** What is known of the phone and the app. All optional; sent each time the app starts. */
export interface DeviceFacts {
  category?: "MOBILE" | "TABLET";
  osType?: "ANDROID" | "IOS";
  osVersion?: string;
  deviceModel?: string;
  appVersion?: string;
  /** BCP 47, e.g. `uk` or `en-GB`. */
  languageCode?: string;
  /** IANA name, e.g. `Europe/Kyiv`. */
  timeZone?: string;
  advertisingId?: string;
}

export interface DeviceOptions {
  /** Origin of the Backstory server, e.g. `https://stats.example.org`. */
  host: string;
  /** An API key with the scope `mobile` and no other: it ships inside the app, so it is no secret. */
  key: string;
  storage: DeviceStorage;
  device?: DeviceFacts;
  /**
   * `several`: each person who logs in on this phone is a device of their own, `<device id>:<external id>`, and nobody
   * takes another's push token. `one` (default): the device passes from one person to the next.
   */
  accounts?: "one" | "several";
  /** Told of everything that will never arrive, and why. Default: a warning on the console. */
  onDropped?: (dropped: Dropped) => void;
  /** Default: the platform's `fetch`. */
  fetch?: Fetch;
  /** Milliseconds since 1970. Default: `Date.now`. */
  now?: () => number;
  /** So many bytes nobody can guess. Default: the platform's `crypto.getRandomValues`. */
  random?: (bytes: number) => Uint8Array;
}

export interface Dropped {
  /**
   * `full`: the queue was, and this was its oldest event. `refused`: the server says it can never take it.
   * `invalid`: it never entered the queue. `unreadable`: its storage entry was damaged.
   */
  readonly reason: "full" | "refused" | "invalid" | "unreadable";
  /** Why, for people. */
  readonly sentence: string;
  /** What was lost, as far as it is known. */
  readonly what: unknown;
}

export interface UserAttributes {
  email?: string;
  /** International format, `+380…`. */
  phone?: string;
  firstName?: string;
  lastName?: string;
  languageCode?: string;
  timeZone?: string;
  /** At most 64 letters, digits, `-`, `_`; empty clears it. */
  marketId?: string;
  address?: { region?: string; town?: string; address?: string; postcode?: string };
  /** Additional fields by key. */
  fields?: Properties;
}

/** Lists that the person joins or leaves. */
export interface Groups {
  subscriptionKeys?: readonly string[];
  include?: readonly string[];
  exclude?: readonly string[];
}

export interface Person extends UserAttributes {
  /** The site's own immutable id of the person. */
  externalId: string | number;
}

export interface DeviceStatus {
  readonly deviceId: string;
  /** Who is logged in. */
  readonly externalId: string | undefined;
  /** Calls that the server has not acknowledged yet. */
  readonly pending: number;
  /** How many were dropped since this device id was made. */
  readonly dropped: number;
  /** Why nothing gets through, if nothing does. */
  readonly problem: string | undefined;
}

/**
 * One installation of an app. None of its functions throws and none of its promises rejects. The promises of `track` and of what speaks about
 * the person resolve as soon as it is kept in the storage: from then on it arrives, whatever happens to the app.
 */
export interface Device {
  /** Records an event, e.g. `track("Order placed", { total: 42 })`. Personal data belongs in `identify`. */
  track(name: string, params?: Properties): Promise<void>;
  /** A login or a sign-up: the history of this device joins that person. */
  identify(person: Person): Promise<void>;
  /** Attributes of whoever is logged in; what is not named stays as it is. */
  updateUserAttributes(attributes: UserAttributes, groups?: Groups): Promise<void>;
  /** The same for somebody who has not told who they are. */
  setAnonymousUserAttributes(attributes: Omit<UserAttributes, "email" | "phone">, groups?: Groups): Promise<void>;
  /** The address of this device for push messages; `null`: it has none any more. */
  setPushToken(token: string | null, subscribed?: boolean): Promise<void>;
  /** What follows belongs to nobody until the next `identify`. */
  logout(): Promise<void>;
  /** Tries now: call it when the network is back or the app comes to the front. Resolves when all is sent, or cannot be now. */
  flush(): Promise<void>;
  status(): Promise<DeviceStatus>;
  /** Ends the work of this object; what waits goes out from the next one. */
  close(): Promise<void>;
}

/**
 * Opens the client and registers the device, so that there is a contact to talk to. Throws where the platform has no
 * secure randomness and none is passed in.
 */
export declare function openDevice(options: DeviceOptions): Device;
