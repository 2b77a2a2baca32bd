import { join } from 'node:path';
import { SystemClock } from '@lastgood/service-runtime';
import { OpenIndexes } from '../open-indexes.js';
import { ServingSources } from '../serving-sources.js';
import { SourceLogs } from '../source-logs.js';
import { KeptLog, type TestBucket } from './read-side.js';

/** The parts of a replica on their own, for tests of what lies below its answers. */
export function servingParts(bucket: TestBucket): { serving: ServingSources; indexes: OpenIndexes; logs: SourceLogs } {
  const [clock, log] = [new SystemClock(), new KeptLog()];
  const indexes = new OpenIndexes(bucket.gated, clock, { folder: join(bucket.folder, 'parts'), maxOpen: 8, maxDiskBytes: 100_000_000, cacheBytesEach: 1_000_000 });
  const logs: SourceLogs = new SourceLogs(bucket.gated, clock, log, (state) => serving.logChanged(state));
  const serving: ServingSources = new ServingSources(logs, indexes, clock, log);
  return { serving, indexes, logs };
}
