import { openSqliteDatabase, type Database } from '@lastgood/database';
import { Clock } from '@lastgood/service-runtime';
import { randomBytes, randomUUID } from 'node:crypto';
import { gatewayMigrations, type GatewayTables } from '../gateway-tables.js';
import { KeyRing } from './key-ring.js';

const FIVE_MINUTES_MS = 5 * 60_000;

/** Stands still until a test moves it. */
class HeldClock extends Clock {
  nowMs = Date.parse('2026-01-01T12:00:00.000Z');
  now(): number {
    return this.nowMs;
  }
  async sleep(): Promise<void> {
    throw new Error('nothing sleeps here');
  }
}

describe('a key that was verified', () => {
  let database: Database;
  let clock: HeldClock;
  let ring: KeyRing;
  beforeEach(async () => {
    database = openSqliteDatabase(':memory:');
    await database.migrate('gateway', gatewayMigrations);
    clock = new HeldClock();
    ring = new KeyRing(database.kysely<GatewayTables>(), clock, { bytes: (n) => randomBytes(n), uuid: () => randomUUID() }, []);
  });
  afterEach(() => database.close());

  const made = (expiresAt: string | null = null) => ring.create({ name: 'desk', role: 'viewer', districts: null, expiresAt });
  const gone = async (id: string): Promise<void> => {
    await database.kysely<GatewayTables>().deleteFrom('api_keys').where('id', '=', id).execute();
  };

  test('is known for five minutes without a look at the database, and not a moment longer', async () => {
    const { key, id } = await made();
    expect(ring.known(key)).toBeNull();
    expect(await ring.verify(key)).toMatchObject({ name: 'desk', role: 'viewer' });
    await gone(id);
    clock.nowMs += FIVE_MINUTES_MS - 1;
    expect([ring.known(key)?.keyId, (await ring.verify(key))?.keyId]).toEqual([id, id]);
    clock.nowMs += 1;
    expect([ring.known(key), await ring.verify(key)]).toEqual([null, null]);
  });

  test('is known no longer than it is good', async () => {
    const { key } = await made(new Date(clock.nowMs + 60_000).toISOString());
    await ring.verify(key);
    clock.nowMs += 59_999;
    expect(ring.known(key)).not.toBeNull();
    clock.nowMs += 1;
    expect([ring.known(key), await ring.verify(key)]).toEqual([null, null]);
  });
});
