import { z } from 'zod';
import { RunFailure } from './failure.js';
import { CalendarDate, Collection, DistrictId, Epoch, Instant, RunId, ServiceName, Sha256, SnapshotId, SourceId } from './ids.js';
import { ToldRunLogLine } from './run-log.js';
import { CollectionProgress, Run } from './runs.js';
import { PageListReference } from './staging.js';

const ofRun = { district: DistrictId, source: SourceId, run: RunId, epoch: Epoch };

/** `work`: one replica of the service handles it. `fan-out`: every replica does. */
export type Delivery = 'work' | 'fan-out';

interface EventDefinition<S extends z.ZodType> {
  version: number;
  consumedBy: readonly ServiceName[];
  delivery: Delivery;
  data: S;
}

const define = <S extends z.ZodType>(definition: EventDefinition<S>): EventDefinition<S> => definition;

/** Every event that services exchange: its version, who consumes it, how it is delivered, and its shape. */
export const EVENTS = {
  /** Pull this source now. Sent again with a new epoch when a run is taken over. */
  'refresh.requested': define({ version: 1, consumedBy: ['fetcher'], delivery: 'work', data: z.strictObject({ ...ofRun, date: CalendarDate, requestedAt: Instant }) }),
  /** Stop pulling; whoever pulls this run with this or an older epoch stops. */
  'refresh.cancelled': define({ version: 1, consumedBy: ['fetcher'], delivery: 'fan-out', data: z.strictObject(ofRun) }),
  /** The sign of life of a pull, at least every 10 s. */
  'fetch.progress': define({
    version: 1, consumedBy: ['writer'], delivery: 'work',
    data: z.strictObject({ ...ofRun, collection: Collection.nullable(), collections: z.array(CollectionProgress).max(16) }),
  }),
  /** One collection is complete in staging. */
  'collection.fetched': define({ version: 1, consumedBy: ['writer'], delivery: 'work', data: z.strictObject({ ...ofRun, pageList: PageListReference }) }),
  /** Every collection is complete in staging. */
  'refresh.fetched': define({
    version: 1, consumedBy: ['writer'], delivery: 'work',
    data: z.strictObject({
      ...ofRun,
      pageLists: z.array(PageListReference).min(1).max(16),
      stats: z.strictObject({ calls: z.number().int().min(0), records: z.number().int().min(0), retries: z.number().int().min(0), durationMs: z.number().min(0) }),
    }),
  }),
  /** The pull gave up; tries are used up or the cause is not retryable. */
  'fetch.failed': define({ version: 1, consumedBy: ['writer'], delivery: 'work', data: z.strictObject({ ...ofRun, failure: RunFailure, calls: z.number().int().min(0), retries: z.number().int().min(0) }) }),
  /** What a pull wrote into its log, to be kept with the run. */
  'fetch.logged': define({ version: 1, consumedBy: ['writer'], delivery: 'work', data: z.strictObject({ ...ofRun, lines: z.array(ToldRunLogLine).min(1).max(20) }) }),
  /** Readers get another snapshot: published, approved or rolled back to. */
  'snapshot.published': define({
    version: 1, consumedBy: ['search'], delivery: 'fan-out',
    data: z.strictObject({
      district: DistrictId, source: SourceId, snapshot: SnapshotId, logNumber: z.number().int().min(1),
      by: z.enum(['publish', 'approve', 'rollback']), folder: z.string().max(512), manifestSha256: Sha256,
    }),
  }),
  /** A snapshot may no longer be read: expired by retention, or rejected. */
  'snapshot.expired': define({
    version: 1, consumedBy: ['search'], delivery: 'fan-out',
    data: z.strictObject({ district: DistrictId, source: SourceId, snapshot: SnapshotId, logNumber: z.number().int().min(1) }),
  }),
  /** A snapshot is held; readers keep what they have, histories show it. */
  'snapshot.quarantined': define({
    version: 1, consumedBy: ['search'], delivery: 'fan-out',
    data: z.strictObject({ district: DistrictId, source: SourceId, snapshot: SnapshotId, logNumber: z.number().int().min(1) }),
  }),
  /** A run failed or was cancelled, and the log says so; readers keep what they have, histories show it. */
  'refresh.failed': define({
    version: 1, consumedBy: ['search'], delivery: 'fan-out',
    data: z.strictObject({ district: DistrictId, source: SourceId, run: RunId, logNumber: z.number().int().min(1) }),
  }),
  /** A run moved: every change of phase, and progress at most twice a second. Ends in a final phase. */
  'run.changed': define({ version: 1, consumedBy: ['gateway'], delivery: 'fan-out', data: z.strictObject({ district: DistrictId, source: SourceId, run: Run }) }),
} as const;

export type EventType = keyof typeof EVENTS;
export type EventData<T extends EventType> = z.infer<(typeof EVENTS)[T]['data']>;

/** What travels: the data of one event with its type, version, id (for idempotency) and time. At most 64 KiB as JSON. */
export interface EventEnvelope<T extends EventType = EventType> {
  id: string;
  type: T;
  version: number;
  time: string;
  data: EventData<T>;
}

const Envelope = z.strictObject({
  id: z.uuid(),
  type: z.string().max(64),
  version: z.number().int().min(1),
  time: Instant,
  data: z.unknown(),
});

/** Why a message cannot be handled by this version of the code. */
export class UnreadableEvent extends Error {
  constructor(readonly reason: 'broken-json' | 'not-an-event' | 'unknown-type' | 'unknown-version' | 'invalid-data', message: string) {
    super(message);
    this.name = 'UnreadableEvent';
  }
}

/** The events a service consumes, in the order of `EVENTS`. */
export function eventsConsumedBy(service: ServiceName): EventType[] {
  return (Object.keys(EVENTS) as EventType[]).filter((type) => EVENTS[type].consumedBy.includes(service));
}

/** Makes an event ready to send; throws a ZodError when the data does not fit: a programmer's error. */
export function makeEvent<T extends EventType>(type: T, data: EventData<T>, of: { id: string; time: string }): EventEnvelope<T> {
  return { id: of.id, type, version: EVENTS[type].version, time: of.time, data: EVENTS[type].data.parse(data) as EventData<T> };
}

/** Reads bytes from the wire; throws `UnreadableEvent` with the reason. */
export function parseEvent(bytes: Uint8Array | string): EventEnvelope {
  let json: unknown;
  try {
    json = JSON.parse(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new UnreadableEvent('broken-json', 'the message is not JSON');
  }
  const envelope = Envelope.safeParse(json);
  if (!envelope.success) throw new UnreadableEvent('not-an-event', `the message is no event: ${paths(envelope.error)}`);
  const { type, version } = envelope.data;
  if (!Object.hasOwn(EVENTS, type)) throw new UnreadableEvent('unknown-type', `the event type ${JSON.stringify(type)} is unknown here`);
  const definition = EVENTS[type as EventType];
  if (version !== definition.version) throw new UnreadableEvent('unknown-version', `version ${version} of ${type} is unknown here; this service reads version ${definition.version}`);
  const data = definition.data.safeParse(envelope.data.data);
  if (!data.success) throw new UnreadableEvent('invalid-data', `${type} does not fit its shape at ${paths(data.error)}`);
  return { ...envelope.data, type: type as EventType, data: data.data } as EventEnvelope;
}

function paths(error: z.ZodError): string {
  return error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.code}`).join('; ');
}
