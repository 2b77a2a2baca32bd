import { randomUUID } from 'node:crypto';
import { makeEvent, ServiceError, type EventData, type EventType } from '@lastgood/contracts';

const MAX_MESSAGE_BYTES = 64 * 1024;

/** The bytes of a new event. Throws a ZodError when the data does not fit its shape, `invalid` when it is larger than may travel. */
export function encodeEvent<T extends EventType>(type: T, data: EventData<T>, nowMs: number): { id: string; bytes: Buffer } {
  const event = makeEvent(type, data, { id: randomUUID(), time: new Date(nowMs).toISOString() });
  const bytes = Buffer.from(JSON.stringify(event));
  if (bytes.length > MAX_MESSAGE_BYTES) throw new ServiceError('invalid', 'event_too_large', `An event of ${type} has ${bytes.length} bytes; at most ${MAX_MESSAGE_BYTES} may travel.`);
  return { id: event.id, bytes };
}
