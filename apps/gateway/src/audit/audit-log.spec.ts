import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteDatabase, type Database } from '@lastgood/database';
import type { Kysely } from 'kysely';
import { gatewayMigrations, type GatewayTables } from '../gateway-tables.js';
import { AuditLog } from './audit-log.js';

const ONE = '0f8fad5b-d9cb-469f-a165-708677289501';
const OTHER = '0f8fad5b-d9cb-469f-a165-708677289502';
const START_MS = Date.parse('2026-11-27T12:00:00.000Z');

let folder: string;
let database: Database;
let db: Kysely<GatewayTables>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lastgood-audit-log-'));
  database = openSqliteDatabase(join(folder, 'test.sqlite'));
  await database.migrate('gateway', gatewayMigrations);
  db = database.kysely<GatewayTables>();
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Enters one more of a chain, so many milliseconds after the start. */
async function enter(chain: string, number: number, afterMs: number): Promise<void> {
  const at = new Date(START_MS + afterMs).toISOString();
  await db.insertInto('audit_entries').values({ chain, number, at, district: null, key_id: null, action: 'admin_list', entry: JSON.stringify([chain, number]) }).execute();
}
const ship = async (chain: string, number: number): Promise<void> => void (await db.insertInto('audit_chains').values({ chain, number, sha256: 'a'.repeat(64) }).execute());

async function exported(afterTheFirstPage = async (): Promise<void> => undefined): Promise<Map<string, number[]>> {
  const chains = new Map<string, number[]>();
  let lines = 0;
  for await (const line of new AuditLog(db, { shipped: () => Promise.resolve() }).lines({}, null)) {
    const [chain, number] = JSON.parse(line) as [string, number];
    chains.set(chain, [...(chains.get(chain) ?? []), number]);
    if (++lines === 1_000) await afterTheFirstPage();
  }
  return chains;
}

const numbers = (to: number): number[] => Array.from({ length: to }, (_, index) => index + 1);

describe('an export of the audit trail', () => {
  test('has no chain with a gap, although another gateway ships older and newer entries while it is read', async () => {
    for (const number of numbers(1_200)) await enter(ONE, number, number);
    await ship(ONE, 1_200);
    const late = async (): Promise<void> => {
      await enter(OTHER, 1, 10);
      await enter(OTHER, 2, 1_100);
      await ship(OTHER, 2);
    };
    expect(await exported(late)).toEqual(new Map([[ONE, numbers(1_200)]]));
    expect((await exported()).get(OTHER)).toEqual([1, 2]);
  });

  test('leaves out an entry that is there before those it follows', async () => {
    await enter(ONE, 1, 1);
    await ship(ONE, 1);
    await enter(ONE, 3, 3);
    await enter(OTHER, 2, 2);
    expect(await exported()).toEqual(new Map([[ONE, [1]]]));
  });
});
