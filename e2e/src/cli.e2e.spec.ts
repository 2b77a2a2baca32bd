import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { ADMIN_TOKEN, DISTRICT, Product } from './testing/product.js';

/** The `lastgood` command against the running product, as a user types it. */
describe('lastgood', () => {
  let upstream: RunningSimulator;
  let product: Product;

  beforeAll(async () => {
    upstream = await startSimulator({ people: 400, seed: 3, auth: { kind: 'bearer', token: 'upstream-token' } });
    product = new Product({ upstream: upstream.url });
    await product.start();
  }, 300_000);
  afterAll(async () => {
    await product?.close();
    await upstream?.close();
  });

  async function lastgood(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    return lastgoodWith({ LASTGOOD_KEY: ADMIN_TOKEN }, ...args);
  }

  async function lastgoodWith(environment: Record<string, string>, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url)), ...args], {
      env: { PATH: process.env['PATH'] ?? '', LASTGOOD_URL: product.url, LASTGOOD_DATA_DIR: product.dataFolder, ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    await once(child, 'close');
    return { code: child.exitCode, out, err };
  }

  const linesOf = (out: string): Record<string, unknown>[] => out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

  test('refresh --wait follows the run to its end; the run says that the command line asked', async () => {
    const { code, out } = await lastgood('--json', 'refresh', DISTRICT, '--wait');
    expect(code).toBe(0);
    expect(linesOf(out).at(-1)).toMatchObject({ phase: 'published', asker: { via: 'cli' } });
  });

  test('runs, snapshots and search show what there is, for people and as JSON lines', async () => {
    expect((await lastgood('runs')).out).toMatch(/RUN .*\n.*published/);
    expect((await lastgood('snapshots', DISTRICT)).out).toMatch(/current/);
    const found = await lastgood('--json', 'search', DISTRICT, '--limit', '3');
    expect(linesOf(found.out)).toHaveLength(3);
    expect((await lastgood('search', DISTRICT, '--in', 'classes', '--limit', '2')).out).toMatch(/found in snapshot/);
  });

  test('a held snapshot ends refresh --wait with 6, and is approved; a roll-back and a rejection work too', async () => {
    await upstream.control.setQuirks({ kind: 'shrinkTo', percent: 50, collection: 'users' });
    expect((await lastgood('refresh', DISTRICT, '--wait')).code).toBe(6);
    await upstream.control.setQuirks();
    const [held] = linesOf((await lastgood('--json', 'snapshots', DISTRICT, '--status', 'quarantined')).out);
    const id = String(held?.['snapshot_id']);
    expect((await lastgood('approve', DISTRICT, id)).code).toBe(2);
    const shown = await lastgood('snapshots', DISTRICT, id);
    const head = /log head: (\d+)/.exec(shown.out)?.[1] ?? '';
    expect([shown.out, Number(head)]).toEqual([expect.stringMatching(/held[\s\S]*counts: .*students[\s\S]*warning: collection_shrank \(collection users\)/), expect.any(Number)]);
    expect((await lastgood('approve', DISTRICT, id, '--previewed', '1')).code).toBe(9);
    expect((await lastgood('approve', DISTRICT, id, '--previewed', head, '--reason', 'two schools closed')).out).toMatch(/^approve: done/);
    const [, earlier] = linesOf((await lastgood('--json', 'snapshots', DISTRICT)).out);
    expect((await lastgood('rollback', DISTRICT, String(earlier?.['snapshot_id']))).code).toBe(0);
    expect((await lastgood('refresh', DISTRICT, '--wait')).code).toBe(6);
    const [again] = linesOf((await lastgood('--json', 'snapshots', DISTRICT, '--status', 'quarantined')).out);
    expect((await lastgood('reject', DISTRICT, String(again?.['snapshot_id']))).code).toBe(0);
  });

  test('parked list is empty in a healthy system', async () => {
    expect((await lastgood('--json', 'parked', 'list')).out).toBe('');
    expect((await lastgood('parked', 'drop', 'm-1')).code).toBe(4);
  });

  test('exit codes tell what went wrong: usage 2, no or bad key 3, unknown district 4, failed run 5, no gateway 7', async () => {
    expect((await lastgood('refersh')).code).toBe(2);
    expect((await lastgoodWith({}, 'runs')).code).toBe(3);
    expect((await lastgoodWith({ LASTGOOD_KEY: 'lg_wrong' }, 'runs')).code).toBe(3);
    expect((await lastgood('snapshots', 'nowhere')).code).toBe(4);
    await upstream.control.setQuirks({ kind: 'htmlBody', collection: 'users' });
    const failed = await lastgood('refresh', DISTRICT, '--wait');
    await upstream.control.setQuirks();
    expect([failed.code, failed.err]).toEqual([5, expect.stringMatching(/^sis: \w+ \(collection users, page at offset 0, HTTP 200\): .*HTML/)]);
    expect((await lastgoodWith({ LASTGOOD_URL: 'http://127.0.0.1:9', LASTGOOD_KEY: ADMIN_TOKEN }, 'runs')).code).toBe(7);
  }, 300_000);

  test('verify finds nothing wrong beside the running services, and names a flipped bit with what to do; rebuild shows the catalogue from the bucket alone', async () => {
    const healthy = await lastgood('verify');
    expect({ code: healthy.code, out: healthy.out }).toEqual({ code: 0, out: expect.stringMatching(/ 0 damaged/) });
    expect((await lastgood('rebuild')).out).toMatch(/\(current\)/);
    const files = readdirSync(join(product.dataFolder, 'store', 'snapshots'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name === 'students.csv.zst');
    const path = join(files[0]?.parentPath ?? '', files[0]?.name ?? '');
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    chmodSync(path, 0o600);
    writeFileSync(path, bytes);
    const damaged = await lastgood('--json', 'verify');
    expect(damaged.code).toBe(8);
    expect(linesOf(damaged.out)[0]).toMatchObject({ key: expect.stringMatching(/students\.csv\.zst$/), todo: expect.stringMatching(/\w/) });
  });
});
