// Limits that the admin and the server both know at run time. This file imports nothing; the tracker has no use for it.

/** Contacts that can be named one by one when something is done to many. */
export const MAX_CHOSEN = 500;
