import { join } from 'node:path';
import { SystemClock } from '@lastgood/service-runtime';
import { OpenIndexes } from '../open-indexes.js';
import { ReadingThread } from '../reading/reading-thread.js';
import { ServingSources } from '../serving-sources.js';
import { SourceLogs } from '../source-logs.js';
import { KeptLog, type TestBucket } from './read-side.js';

/** The parts of a replica on their own, for tests of what lies below its answers. `entry`: what its thread runs instead of the usual. */
export function servingParts(bucket: TestBucket, { entry, maxOpen = 8 }: { entry?: URL; maxOpen?: number } = {}): { serving: ServingSources; indexes: OpenIndexes; logs: SourceLogs; thread: ReadingThread } {
  const [clock, log] = [new SystemClock(), new KeptLog()];
  const thread = new ReadingThread({ log, cacheBytes: 1_000_000, ...(entry && { entry }) });
  const indexes = new OpenIndexes(bucket.gated, clock, { folder: join(bucket.folder, 'parts'), maxOpen, maxDiskBytes: 100_000_000, thread });
  const logs: SourceLogs = new SourceLogs(bucket.gated, clock, log, (state) => serving.logChanged(state));
  const serving: ServingSources = new ServingSources(logs, indexes, clock, log);
  return { serving, indexes, logs, thread };
}
