import { randomUUID } from 'node:crypto';
import type { Provider } from '@nestjs/common';
import { Database } from '@lastgood/database';
import { Clock, Districts, KeptFolder, Log } from '@lastgood/service-runtime';
import type { GatewayTables } from '../gateway-tables.js';
import { AuditLog } from './audit-log.js';
import { AuditedRequests } from './audit-requests.js';
import { AuditTrail } from './audit-trail.js';
import { Segments } from './segments.js';
import { EntryShipper } from './ship-entries.js';

/** The audit trail: entered on this disk, shipped to the database. */
export const auditProviders: Provider[] = [
  { provide: Segments, inject: [KeptFolder], useFactory: (folder: KeptFolder) => new Segments(folder.path) },
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
  { provide: AuditLog, inject: [Database], useFactory: (database: Database) => new AuditLog(database.kysely<GatewayTables>()) },
];
