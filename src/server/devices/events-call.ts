import { Compile } from "typebox/compile";
import { DeviceEventInput, type DeviceEventsInput } from "../../contract/devices.ts";
import type { Instant, MessageId, SiteId } from "../../contract/identifiers.ts";
import type { Database } from "../db/database.ts";
import { instantOfText } from "../lib/date-text.ts";
import { derivedEventId } from "../lib/derived-id.ts";
import type { AppCaller } from "./identify.ts";
import { readTime } from "./moment.ts";
import { correctEventTime } from "./rules.ts";
import { appendDeviceEvents, rejectDeviceEvents } from "./store.ts";

export interface DeviceEvent {
  readonly eventId: MessageId;
  readonly name: string;
  readonly occurredAt: Instant;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface RejectedEvent {
  readonly event: unknown;
  readonly reason: string;
}

const eventInput = Compile(DeviceEventInput);

/**
 * `POST /events` of an app: appended under the device, never binding anybody. Whose they are is decided by the device's
 * bindings at the time of each event. Bad ones are kept apart; the others are stored.
 */
export async function appendFromApp(
  db: Database,
  { batch, caller }: { readonly batch: DeviceEventsInput; readonly caller: AppCaller },
): Promise<void> {
  const { deviceId, externalUserId } = batch;
  const { siteId, now } = caller;
  const sentAt = readTime(batch.sentAt);
  const good: DeviceEvent[] = [];
  const bad: RejectedEvent[] = [];
  for (const event of batch.events) {
    const reading = readDeviceEvent(event, { deviceId, siteId, sentAt, now });
    if ("reason" in reading) bad.push(reading);
    else good.push(reading);
  }
  const context =
    externalUserId === undefined || externalUserId === null ? null : { externalUserId: String(externalUserId) };
  await db.transaction(async (tx) => {
    await appendDeviceEvents(tx, { deviceId, siteId, now, context, events: good });
    await rejectDeviceEvents(tx, { siteId, now, events: bad });
  });
}

interface Reading {
  readonly deviceId: string;
  readonly siteId: SiteId | null;
  readonly sentAt: Instant | undefined;
  readonly now: Instant;
}

/**
 * Apps give events no id and send a batch again when its answer was lost: the same event of one device in the same
 * millisecond is the same event.
 */
function readDeviceEvent(event: unknown, { deviceId, siteId, sentAt, now }: Reading): DeviceEvent | RejectedEvent {
  if (!eventInput.Check(event)) return { event, reason: "The event has no valid eventTypeKey, occurred or params." };
  const occurred = instantOfText(event.occurred);
  if (occurred === undefined) return { event, reason: "occurred is not a time." };
  const params = (event.params ?? []).map(({ name, value }) => [name, value ?? null] as const);
  const sorted = [...params].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    eventId: derivedEventId(["app", siteId, deviceId, event.eventTypeKey, occurred, sorted], occurred),
    name: event.eventTypeKey.trim(),
    occurredAt: correctEventTime({ at: occurred, sentAt, receivedAt: now }),
    properties: Object.fromEntries(params),
  };
}
