import { randomUUID } from 'node:crypto';
import type { Provider } from '@nestjs/common';
import { Database } from '@lastgood/database';
import { Clock, Districts, KeptFolder, Log, Readiness } from '@lastgood/service-runtime';
import type { GatewayTables } from '../gateway-tables.js';
import { AuditedChanges } from './audited-changes.js';
import { AuditLog } from './audit-log.js';
import { AuditedRequests } from './audit-requests.js';
import { AuditTrail } from './audit-trail.js';
import { SEGMENT_BYTES } from './reserve.js';
import { Segments } from './segments.js';
import { EntryShipper } from './ship-entries.js';

function segmentsIn(folder: KeptFolder, reserveMb: number, readiness: Readiness): Segments {
  const segments = new Segments(folder.path, Math.floor((reserveMb * 1_000_000) / SEGMENT_BYTES));
  readiness.register('audit trail', () => (segments.refuses ? 'audit entries cannot be written, so requests are refused; free room on the disk of LASTGOOD_DATA_DIR' : null), { neededForReads: true });
  readiness.register('room of the audit trail', () => segments.reserve.trouble());
  return segments;
}

/** The audit trail: entered on this disk, where so many megabytes are kept free for it, and shipped to the database. */
export const auditProviders = (reserveMb: number): Provider[] => [
  { provide: Segments, inject: [KeptFolder, Readiness], useFactory: (folder: KeptFolder, readiness: Readiness) => segmentsIn(folder, reserveMb, readiness) },
  {
    provide: EntryShipper,
    inject: [Segments, Database, Clock, Log],
    useFactory: (segments: Segments, database: Database, clock: Clock, log: Log) => new EntryShipper(segments, database, clock, log),
  },
  {
    provide: AuditTrail,
    inject: [Segments, Clock, Log, EntryShipper],
    useFactory: (segments: Segments, clock: Clock, log: Log, shipper: EntryShipper) => new AuditTrail(segments, clock, { uuid: () => randomUUID() }, log, () => shipper.wake()),
  },
  { provide: AuditedRequests, inject: [AuditTrail, Clock, Districts], useFactory: (trail: AuditTrail, clock: Clock, districts: Districts) => new AuditedRequests(trail, clock, districts) },
  { provide: AuditedChanges, inject: [Database], useFactory: (database: Database) => new AuditedChanges(database.kysely<GatewayTables>()) },
  { provide: AuditLog, inject: [Database, EntryShipper], useFactory: (database: Database, shipper: EntryShipper) => new AuditLog(database.kysely<GatewayTables>(), shipper) },
];
