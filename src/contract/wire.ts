// Names that both ends need at run time. This file imports nothing, so that the tracker can afford it.

/** The tracker's one endpoint: a batch of messages. */
export const MESSAGES_PATH = "/v1/messages";

/** First-party cookie that holds the visitor id. */
export const VISITOR_COOKIE = "backstory_id";

/** Seconds. Browsers cap a cookie's life at 400 days; ours stays within 13 months, the age anonymous history is kept. */
export const VISITOR_COOKIE_MAX_AGE = 395 * 24 * 60 * 60;

/** A visitor id: ours are nanoid, 21 characters; ids adopted from another tag may be 8 to 64 characters. */
export const VISITOR_ID_PATTERN = "^[\\w-]{8,64}$";

/** Bytes of one batch, as sent. `sendBeacon` and `fetch` with keepalive share 64 KiB, so the tracker stays below 60 KB. */
export const MAX_BATCH_BYTES = 64 * 1024;
/** Messages in one batch. */
export const MAX_BATCH_MESSAGES = 500;
/** Bytes of one message as JSON. */
export const MAX_MESSAGE_BYTES = 32 * 1024;

/** The admin's own JSON API. */
export const ADMIN_API_PATH = "/admin/api";
/** An attribute of `#app` on the admin's page: its request named no session, so that there is nothing to ask for yet. */
export const NOBODY_MARK = "data-nobody";
/** Characters an admin's password has at least. */
export const MIN_PASSWORD_LENGTH = 10;

/** Bytes of one part of an uploaded file: a slow connection has it through within the time a request may take. */
export const IMPORT_PART_BYTES = 512 * 1024;
