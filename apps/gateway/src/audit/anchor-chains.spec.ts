import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditAnchor } from '@lastgood/contracts';
import { openSqliteDatabase, type Database } from '@lastgood/database';
import { DirectoryObjectStore, type ObjectStore } from '@lastgood/object-store';
import { gatewayMigrations, type GatewayTables } from '../gateway-tables.js';
import { anchorChains } from './anchor-chains.js';

const DAY_MS = 86_400_000;
const NOON_MS = Date.parse('2026-11-27T12:00:00.000Z');
const CHAIN = '0f8fad5b-d9cb-469f-a165-708677289501';

let folder: string;
let database: Database;
let store: ObjectStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lastgood-anchor-'));
  database = openSqliteDatabase(join(folder, 'test.sqlite'));
  await database.migrate('gateway', gatewayMigrations);
  store = await DirectoryObjectStore.open({ root: join(folder, 'bucket') });
});
afterEach(async () => {
  await Promise.all([database.close(), store.close()]);
  rmSync(folder, { recursive: true, force: true });
});

test('every chain has its newest entry in the bucket once a day, whoever of several gateways comes first', async () => {
  const db = database.kysely<GatewayTables>();
  expect(await anchorChains(db, store, NOON_MS)).toBe(false);
  await db.insertInto('audit_chains').values({ chain: CHAIN, number: 7, sha256: 'a'.repeat(64) }).execute();
  const both = await Promise.all([anchorChains(db, store, NOON_MS), anchorChains(db, store, NOON_MS)]);
  expect(both.sort()).toEqual([false, true]);
  await db.updateTable('audit_chains').set({ number: 9, sha256: 'b'.repeat(64) }).execute();
  expect(await anchorChains(db, store, NOON_MS + DAY_MS)).toBe(true);
  const heads = await Promise.all(['2026-11-27', '2026-11-28'].map(async (date) => AuditAnchor.parse(JSON.parse((await store.read(`audit/anchors/${date}.json`)).toString('utf8'))).heads));
  expect(heads).toEqual([[{ chain: CHAIN, number: 7, sha256: 'a'.repeat(64) }], [{ chain: CHAIN, number: 9, sha256: 'b'.repeat(64) }]]);
});

test('an anchor holds the heads of all chains', async () => {
  const db = database.kysely<GatewayTables>();
  const heads = [{ chain: CHAIN, number: 7, sha256: 'a'.repeat(64) }, { chain: '1f8fad5b-d9cb-469f-a165-708677289501', number: 3, sha256: 'c'.repeat(64) }];
  await db.insertInto('audit_chains').values(heads).execute();
  expect(await anchorChains(db, store, NOON_MS)).toBe(true);
  expect(AuditAnchor.parse(JSON.parse((await store.read('audit/anchors/2026-11-27.json')).toString('utf8'))).heads).toEqual(heads);
});
