import { createHash } from 'node:crypto';
import { EVENTS, type EventType, type ParkedMessage, type ServiceName } from '@lastgood/contracts';
import type { Message, Options } from 'amqplib';

/** Our own headers. The broker's count of deliveries means other things in other versions, so tries are counted here. */
export const HEADERS = { attempts: 'lastgood-attempts', parkedId: 'lastgood-parked-id', parkedAt: 'lastgood-parked-at', reason: 'lastgood-reason' } as const;

/** How many tries have failed. */
export function attemptsOf({ properties }: Message): number {
  const value: unknown = properties.headers?.[HEADERS.attempts];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** The event type that the sender named, if this version knows it; the content may still be unreadable. */
export function typeOf({ properties }: Message): EventType | null {
  const type: unknown = properties.type;
  return typeof type === 'string' && Object.hasOwn(EVENTS, type) ? (type as EventType) : null;
}

/** The properties with which a message is sent on, with these headers instead of its own. */
export function propertiesAgain({ properties }: Message, headers: Record<string, string | number>): Options.Publish {
  const { messageId, type, timestamp } = properties;
  return {
    contentType: 'application/json', headers,
    ...(typeof messageId === 'string' ? { messageId } : {}), ...(typeof type === 'string' ? { type } : {}), ...(typeof timestamp === 'number' ? { timestamp } : {}),
  };
}

/** A message of a parked queue as an operator sees it. */
export function parkedMessage(message: Message, service: ServiceName): ParkedMessage {
  const headers = message.properties.headers ?? {};
  const [death] = headers['x-death'] ?? [];
  const byBroker = death === undefined ? 'put here by somebody else' : `parked by the broker (${headers['x-first-death-reason'] ?? death.reason}): deliveries ended without an answer`;
  const diedAtMs = typeof death?.time?.value === 'number' ? death.time.value * 1000 : 0;
  return {
    id: parkedIdOf(message, service),
    service,
    type: typeOf(message),
    attempts: attemptsOf(message),
    reason: text(headers[HEADERS.reason], 500) ?? byBroker,
    parkedAt: instant(headers[HEADERS.parkedAt]) ?? new Date(diedAtMs).toISOString(),
    sizeBytes: message.content.length,
  };
}

/** `service.id`: the id it was parked under, or the hash of its content where the broker or somebody else put it here. */
export function parkedIdOf({ properties, content }: Message, service: ServiceName): string {
  return `${service}.${text(properties.headers?.[HEADERS.parkedId], 64) ?? createHash('sha256').update(content).digest('hex')}`;
}

function text(value: unknown, most: number): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= most ? value : undefined;
}

function instant(value: unknown): string | undefined {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : undefined;
}
