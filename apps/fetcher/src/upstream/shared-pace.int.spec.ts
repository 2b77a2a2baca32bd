import { openPostgresDatabase, type Database } from '@lastgood/database';
import { SystemClock, type Log } from '@lastgood/service-runtime';
import { describeWithServer, startPostgres } from '@lastgood/test-servers';
import { fetcherMigrations, SharedPace } from './shared-pace.js';

const clock = new SystemClock();
const signal = new AbortController().signal;

function silentLog(warnings: string[] = []): Log {
  const log: Log = { debug: () => undefined, info: () => undefined, warn: (message) => void warnings.push(message), error: () => undefined, with: () => log } as Log;
  return log;
}

await describeWithServer('the pace that fetchers share', startPostgres, (server) => {
  const opened: Database[] = [];
  let url: string;
  const fetcher = (): Database => {
    const database = openPostgresDatabase({ url });
    opened.push(database);
    return database;
  };
  beforeAll(async () => {
    url = await server.createDatabase();
    await fetcher().migrate('fetcher', fetcherMigrations);
  });
  afterAll(async () => {
    await Promise.all(opened.map((database) => database.close()));
  });

  test('three fetchers together start no more calls than one may', async () => {
    const paces = Array.from({ length: 3 }, () => new SharedPace('roster.example:443', fetcher(), clock, silentLog()));
    const starts: number[] = [];
    await Promise.all(paces.flatMap((pace) => Array.from({ length: 10 }, async () => {
      await pace.take(50, signal);
      starts.push(performance.now());
    })));
    starts.sort((a, b) => a - b);
    // 30 calls at 50 a second have 29 gaps of 20 ms; timers are late, never early, beyond the resolution of both clocks.
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(29 * 20 * 0.9);
  });

  test('a pause that one fetcher was asked for holds back the others, and other hosts not', async () => {
    const [asked, other, elsewhere] = ['paused.example', 'paused.example', 'free.example'].map((host) => new SharedPace(host, fetcher(), clock, silentLog()));
    await Promise.all([asked?.take(1000, signal), other?.take(1000, signal), elsewhere?.take(1000, signal)]);
    const before = performance.now();
    asked?.pause(400);
    const order: string[] = [];
    const started = async (pace: SharedPace | undefined, name: string): Promise<void> => {
      await pace?.take(1000, signal);
      order.push(name);
    };
    // The pause travels by the database; asking for the place from the same fetcher comes after it.
    await Promise.all([started(asked, 'asked').then(() => started(other, 'other')), started(elsewhere, 'elsewhere')]);
    expect(performance.now() - before).toBeGreaterThan(400 * 0.9);
    expect(order).toEqual(['elsewhere', 'asked', 'other']);
  });

  test('without the database each fetcher keeps the limit alone, and says so', async () => {
    const away = openPostgresDatabase({ url: 'postgresql://nobody@127.0.0.1:1/none' });
    opened.push(away);
    const warnings: string[] = [];
    const pace = new SharedPace('alone.example', away, clock, silentLog(warnings));
    const before = performance.now();
    for (let call = 0; call < 5; call += 1) await pace.take(50, signal);
    expect(performance.now() - before).toBeGreaterThan(4 * 20 * 0.9);
    expect(warnings.length).toBeGreaterThan(0);
  });

  test('a caller that gives up waiting leaves with the reason of its signal', async () => {
    const pace = new SharedPace('patient.example', fetcher(), clock, silentLog());
    await pace.take(0.01, signal);
    await expect(pace.take(0.01, AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
