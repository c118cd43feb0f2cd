// The public face of the npm package. Only declarations: the build copies this file to dist/esm/index.d.ts as it is.

/** Facts about an event or a person: anything that JSON can carry. */
export type Properties = Record<string, unknown>;

/** How the visitor's consent is asked for. */
export type ConsentMode =
  /** Cookie and delivery from the first page on (default). */
  | "granted"
  /** Nothing is stored and nothing is sent before `consent("granted")`; calls wait in memory. */
  | "required"
  /** No cookie and no storage; every page load is another visitor and joins nobody's history. */
  | "cookieless";

export interface Options {
  /** The site's public key, from the admin's page about the site. */
  site: string;
  /** Origin of the Backstory server, e.g. `https://stats.example.org`. Default: the page's own origin. */
  host?: string;
  consent?: ConsentMode;
  /** `false`: page views only by `page()`. Default `true`. */
  auto?: boolean;
  /** Host names on which the tracker works. Default: all. */
  domains?: readonly string[];
  /** Sees every message before it is stored. */
  beforeSend?: BeforeSend;
}

/**
 * May change the message in place; `false` drops it. A hook that throws drops it too, so that a broken privacy filter
 * leaks nothing.
 */
export type BeforeSend = (message: Properties) => false | void;

/** Who the visitor is, as far as the page knows. */
export interface Person {
  /** The site's own immutable id of the person. */
  externalId?: string | number;
  email?: string;
  /** International format, `+380…`. */
  phone?: string;
  firstName?: string;
  lastName?: string;
  /** RFC 5646, e.g. `uk`. */
  languageCode?: string;
  attributes?: Properties;
}

export interface Identity extends Person {
  /** Identity token (JWT) signed by the site's back end: proves the rest. */
  token?: string;
}

export interface Subscription extends Person {
  /** Names of the lists asked for. */
  groups?: readonly string[];
  /** What the visitor agreed to, kept as the proof of consent. */
  form?: { id?: string; text?: string };
}

/** Starts the tracker. Calls made earlier have waited for it; a second call does nothing. On a server it does nothing. */
export declare function init(options: Options): void;

/** Records an event, e.g. `track("Order placed", { total: 42 })`. Personal data belongs in `identify`. */
export declare function track(name: string, properties?: Properties): void;

/** Records a page view now. Views of pages and of in-page navigation are recorded without it unless `auto` is off. */
export declare function page(properties?: Properties): void;

/**
 * Says who the visitor is: the earlier history of this browser joins that person.
 * Naming another `externalId` than last time starts a new visitor id, unless a `token` names this one.
 */
export declare function identify(person: Identity): void;

/** Asks for mail: the server sends a letter to confirm. */
export declare function subscribe(subscription: Subscription): void;

/** To be called at logout: what follows belongs to nobody until the next `identify`. */
export declare function reset(): void;

/** Tells the visitor's decision. Remembered; repeating it does nothing. */
export declare function consent(decision: "granted" | "denied"): void;

/** Sets the hook that sees every message before it is stored. */
export declare function beforeSend(hook: BeforeSend): void;
