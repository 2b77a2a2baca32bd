import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InProcessEventBus } from '@lastgood/event-bus';
import { DirectoryObjectStore } from '@lastgood/object-store';
import { FakeFetcher } from '../testing/fake-fetcher.js';
import { sampleDistrict } from '../testing/sample-district.js';

const MB = 1024 * 1024;
const ENTRY = fileURLToPath(new URL('../testing/build-memory.entry.js', import.meta.url));
const run = promisify(execFile);
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lastgood-build-memory-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** What a process that builds a district of so many students says of it. */
async function buildOf(students: number): Promise<{ rows: { users: number }; peakBytes: number }> {
  const bucket = join(root, `bucket-${students}`);
  const store = await DirectoryObjectStore.open({ root: bucket });
  const fetcher = new FakeFetcher(new InProcessEventBus(), store);
  const request = { district: 'north', source: 'sis', run: '00000000000000000000000001', epoch: 1 } as Parameters<FakeFetcher['land']>[0];
  const references = await fetcher.land(request, { records: sampleDistrict({ students }), pageSize: 2000 });
  const { stdout } = await run(process.execPath, ['--max-semi-space-size=8', ENTRY, bucket, join(root, `build-${students}`), JSON.stringify(references)], { env: { ...process.env, NODE_OPTIONS: '', MALLOC_ARENA_MAX: '2' } });
  return JSON.parse(stdout) as Awaited<ReturnType<typeof buildOf>>;
}

test('a build needs hardly more memory for a district four times as large', async () => {
  const small = await buildOf(15_000);
  const large = await buildOf(60_000);
  process.stdout.write(`${small.rows.users} users: ${Math.round(small.peakBytes / MB)} MB, ${large.rows.users} users: ${Math.round(large.peakBytes / MB)} MB\n`);
  expect(large.rows.users).toBe(4 * small.rows.users);
  // Measured are 40 MB, most of it caches of SQLite that a small district does not fill; the rows alone, kept as they are parsed, take more than 150 MB.
  expect(large.peakBytes).toBeLessThan(small.peakBytes + 100 * MB);
}, 120_000);
