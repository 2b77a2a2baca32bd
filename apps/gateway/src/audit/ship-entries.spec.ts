import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { auditText, NO_ENTRY_BEFORE } from '@lastgood/contracts';
import { openSqliteDatabase } from '@lastgood/database';
import { Clock, Log } from '@lastgood/service-runtime';
import { gatewayMigrations, type GatewayTables } from '../gateway-tables.js';
import { Segments } from './segments.js';
import { EntryShipper } from './ship-entries.js';

const CHAIN = '0f8fad5b-d9cb-469f-a165-708677289501';
const GAP_MS = 10_000;
const LOOKS = 2_000;
const ROOM = 'The room that is kept for audit entries cannot be looked after.';

/** Every look at it is later than the room is looked after; sleeps are short. */
class LeapingClock extends Clock {
  #at = 0;
  now(): number {
    return (this.#at += GAP_MS);
  }
  async sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    await delay(1, undefined, signal && { signal });
  }
}

class Lines extends Log {
  readonly said: string[] = [];
  debug(): void {}
  info(): void {}
  warn(message: string): void {
    this.said.push(message);
  }
  error(message: string): void {
    this.said.push(message);
  }
  with(): Log {
    return this;
  }
}

function entry(): string {
  const unsealed = {
    id: `${CHAIN}:1`, at: '2026-11-27T12:00:00.000Z', actor: null, action: 'admin_list', district: null, source: null, snapshot: null, run: null, query: null, count: null, purpose: null,
    outcome: 'allowed' as const, status: 200, chain: CHAIN, number: 1, previous: NO_ENTRY_BEFORE,
  };
  return JSON.stringify({ ...unsealed, sha256: hash('sha256', auditText(unsealed), 'hex') });
}

test('audit entries are shipped also while the room for more cannot be looked after, which is told once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastgood-ship-'));
  const [segmentsFolder, log] = [join(folder, 'segments'), new Lines()];
  mkdirSync(segmentsFolder);
  writeFileSync(join(segmentsFolder, '000000000001.jsonl'), `${entry()}\n`);
  const database = openSqliteDatabase(join(folder, 'test.sqlite'));
  await database.migrate('gateway', gatewayMigrations);
  const segments = new Segments(segmentsFolder, 1);
  segments.reserve.grow = () => Promise.reject(new Error('the folder cannot be read'));
  const shipper = new EntryShipper(segments, database, new LeapingClock(), log);
  try {
    shipper.start();
    const numbers = async (): Promise<number[]> => (await database.kysely<GatewayTables>().selectFrom('audit_entries').select('number').execute()).map(({ number }) => number);
    for (let looks = 0; looks < LOOKS && ((await numbers()).length === 0 || !log.said.includes(ROOM)); looks += 1) await delay(5);
    expect(await numbers()).toEqual([1]);
  } finally {
    await shipper.close();
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
  expect(log.said.filter((line) => line === ROOM)).toHaveLength(1);
}, 60_000);
