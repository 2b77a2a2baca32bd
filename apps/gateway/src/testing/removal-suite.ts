import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIT_REMOVED, AuditRecord, NO_ENTRY_BEFORE, removalIn } from '@lastgood/contracts';
import type { Database } from '@lastgood/database';
import { DirectoryObjectStore, type ObjectStore } from '@lastgood/object-store';
import { Clock } from '@lastgood/service-runtime';
import { gatewayMigrations, type GatewayTables } from '../gateway-tables.js';
import { anchorChains } from '../audit/anchor-chains.js';
import { AuditLog } from '../audit/audit-log.js';
import { AuditTrail, type AuditFacts } from '../audit/audit-trail.js';
import { removeOldEntries, type RemovalPorts } from '../audit/remove-old-entries.js';
import { Segments } from '../audit/segments.js';
import { EntryShipper } from '../audit/ship-entries.js';
import { Silence } from './silence.js';

const DAY_MS = 86_400_000;
const KEEP_DAYS = 30;
const GOES_ON = new AbortController().signal;
const READ: AuditFacts = { actor: { keyId: 'k-1', name: 'desk', role: 'viewer' }, action: 'people_students', district: 'lakeside', source: 'sis', snapshot: null, run: null, query: '1 word', count: 2, purpose: null, outcome: 'allowed', status: 200 };

/** Stands still until a test moves it. */
class DayClock extends Clock {
  day = 0;
  now(): number {
    return Date.parse('2026-01-01T12:00:00.000Z') + this.day * DAY_MS;
  }
  /** Done in every sleep. */
  rest = (): void => undefined;
  async sleep(): Promise<void> {
    this.rest();
    await new Promise(setImmediate);
  }
}

async function exported(ports: RemovalPorts): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for await (const line of new AuditLog(ports.db, ports.shipper).lines({}, null)) records.push(AuditRecord.parse(JSON.parse(line)));
  return records;
}

/** The hash that each chain is said, or begins, to go on from; throws where a chain has a gap. */
function chainsOf(records: readonly AuditRecord[]): Map<string, { begins: number; length: number }> {
  const told = new Map(records.flatMap((record) => removalIn(record) ?? []).map(({ chain, number, sha256 }) => [`${chain}:${number}`, sha256]));
  const chains = new Map<string, { begins: number; length: number; sha256: string }>();
  for (const { chain, number, previous, sha256 } of records) {
    const known = chains.get(chain);
    const before = known?.sha256 ?? (number === 1 ? NO_ENTRY_BEFORE : told.get(`${chain}:${number - 1}`));
    if (previous !== before) throw new Error(`entry ${number} does not follow what is there or told`);
    chains.set(chain, { begins: known?.begins ?? number, length: (known?.length ?? 0) + 1, sha256 });
  }
  return new Map([...chains].map(([chain, { begins, length }]) => [chain, { begins, length }]));
}

/** What is removed for its age, on a database that `openDatabase` gives each test. */
export function describeRemoval(openDatabase: (folder: string) => Promise<Database>): void {
  describe('audit entries that are older than they are kept', () => {
    let folder: string;
    let database: Database;
    let store: ObjectStore;
    let clock: DayClock;
    const closing: (() => Promise<void>)[] = [];
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'lastgood-old-'));
      database = await openDatabase(folder);
      await database.migrate('gateway', gatewayMigrations);
      store = await DirectoryObjectStore.open({ root: join(folder, 'bucket') });
      clock = new DayClock();
    });
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
      await Promise.all([database.close(), store.close()]);
      rmSync(folder, { recursive: true, force: true });
    });

    /** A gateway's part of the trail: a chain of its own, as every start has one. */
    function startTrail(name: string): RemovalPorts & { trail: AuditTrail; shipper: EntryShipper; read(times: number): Promise<void> } {
      mkdirSync(join(folder, name));
      const segments = new Segments(join(folder, name));
      const shipper = new EntryShipper(segments, database, clock, new Silence());
      const trail = new AuditTrail(segments, clock, { uuid: () => crypto.randomUUID() }, new Silence(), () => undefined);
      closing.push(() => trail.close());
      const read = async (times: number): Promise<void> => {
        for (let i = 0; i < times; i += 1) await trail.enter(READ);
        await shipper.shipped();
      };
      return { db: database.kysely<GatewayTables>(), store, trail, shipper, clock, read };
    }

    test('go when an anchor is older than they are kept, up to where it says; what stays still follows what is told of them', async () => {
      const [ended, live] = [startTrail('ended'), startTrail('live')];
      await ended.read(3);
      await live.read(2);
      expect(await anchorChains(live.db, store, clock.now())).toBe(true);
      await live.read(2);
      clock.day = KEEP_DAYS - 1;
      expect(await removeOldEntries(live, KEEP_DAYS, GOES_ON)).toBe(0);
      clock.day = KEEP_DAYS;
      expect(await removeOldEntries(live, KEEP_DAYS, GOES_ON)).toBe(5);
      const records = await exported(live);
      // Two that no anchor named, and one for each chain that lost something.
      expect([...chainsOf(records).values()]).toEqual([{ begins: 3, length: 4 }]);
      expect(records.filter(({ action }) => action === AUDIT_REMOVED).map((record) => removalIn(record)).map((removal) => [removal?.number, removal?.keptDays]).sort()).toEqual([[2, KEEP_DAYS], [3, KEEP_DAYS]]);
      expect(await removeOldEntries(live, KEEP_DAYS, GOES_ON)).toBe(0);
      expect(await exported(live)).toHaveLength(4);
    });

    test('stay until the very hour that an anchor is as old, not the day', async () => {
      const live = startTrail('live');
      await live.read(1);
      clock.day = 0.25;
      await anchorChains(live.db, store, clock.now());
      clock.day = KEEP_DAYS;
      expect(await removeOldEntries(live, KEEP_DAYS, GOES_ON)).toBe(0);
      clock.day = KEEP_DAYS + 0.25;
      expect(await removeOldEntries(live, KEEP_DAYS, GOES_ON)).toBe(1);
    });

    test('and tell of a removal go in their turn only after it was told again', async () => {
      const [ended, live] = [startTrail('ended'), startTrail('live')];
      await ended.read(3);
      await live.read(1);
      await anchorChains(live.db, store, clock.now());
      clock.day = KEEP_DAYS;
      expect(await removeOldEntries(live, KEEP_DAYS, GOES_ON)).toBe(4);
      await anchorChains(live.db, store, clock.now());
      clock.day = 2 * KEEP_DAYS;
      const next = startTrail('next');
      expect(await removeOldEntries(next, KEEP_DAYS, GOES_ON)).toBe(2);
      // Of the chain that ended, three as before; of the live one, the first and the two that told.
      const removals = (await exported(next)).map((record) => removalIn(record));
      expect(removals.map((removal) => removal?.number)).toEqual([3, 3]);
      expect(new Set(removals.map((removal) => removal?.chain)).size).toBe(2);
    });

    test('stay while what tells of them is not in the database', async () => {
      const live = startTrail('live');
      await live.read(2);
      await anchorChains(live.db, store, clock.now());
      clock.day = KEEP_DAYS;
      expect(await removeOldEntries({ ...live, shipper: { shipped: () => Promise.resolve() } }, KEEP_DAYS, GOES_ON)).toBe(0);
      expect(await live.db.selectFrom('audit_entries').selectAll().execute()).toHaveLength(2);
    });

    test('stay when what tells of them was set aside, though later entries of its chain are in the database', async () => {
      const live = startTrail('live');
      await live.read(2);
      await anchorChains(live.db, store, clock.now());
      clock.day = KEEP_DAYS;
      const shipped = async (): Promise<void> => {
        await live.read(1);
        await live.db.deleteFrom('audit_entries').where('action', '=', AUDIT_REMOVED).execute();
      };
      expect(await removeOldEntries({ ...live, shipper: { shipped } }, KEEP_DAYS, GOES_ON)).toBe(0);
      expect(await live.db.selectFrom('audit_entries').select('number').orderBy('number').execute()).toHaveLength(3);
    });

    test('go up to the batch that is being deleted when the gateway stops; the next hour goes on from there', async () => {
      const live = startTrail('live');
      await Promise.all(Array.from({ length: 2_100 }, () => live.trail.enter(READ)));
      await live.shipper.shipped();
      await anchorChains(live.db, store, clock.now());
      clock.day = KEEP_DAYS;
      const stopping = new AbortController();
      clock.rest = () => stopping.abort();
      expect(await removeOldEntries(live, KEEP_DAYS, stopping.signal)).toBe(1_000);
      const left = await exported(live);
      expect([left[0]?.number, left.length]).toEqual([1_001, 1_101]);
      expect(await removeOldEntries(live, KEEP_DAYS, GOES_ON)).toBe(1_100);
      expect([...chainsOf(await exported(live)).values()]).toEqual([{ begins: 2_101, length: 2 }]);
    });
  });
}
