import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DirectoryObjectStore } from './directory-object-store.js';
import { wholeBytes } from './endless-writer.js';

const kills = 20;
const base = await mkdtemp(join(tmpdir(), 'lastgood-kill-'));
afterAll(() => rm(base, { recursive: true, force: true }));

/** Starts the endless writer and kills it as soon as it has told `afterKeys` keys; resolves with the keys it told. */
async function writeUntilKilled(root: string, run: string, afterKeys: number): Promise<string[]> {
  const program = `import { writeWithoutEnd } from ${JSON.stringify(new URL('./endless-writer.js', import.meta.url).href)};
    await writeWithoutEnd(process.argv[1], process.argv[2]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, root, run], { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const told: string[] = [];
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    told.push(line);
    if (told.length === afterKeys) child.kill('SIGKILL');
  }
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  return told;
}

test(`after ${kills} kills in the middle of writing every key that is visible is whole, and every key that was told is there`, async () => {
  const root = join(base, 'data');
  const told: string[] = [];
  let halfWritten = 0;
  for (let kill = 0; kill < kills; kill++) {
    told.push(...(await writeUntilKilled(root, `run${kill}`, 1 + ((kill * 7) % 23))));
    halfWritten += (await readdir(join(root, '~tmp'))).length;
  }
  const store = await DirectoryObjectStore.open({ root });
  const visible = new Set<string>();
  for await (const { key } of store.list('')) {
    visible.add(key);
    expect((await store.read(key)).equals(wholeBytes(key))).toBe(true);
  }
  expect(told.filter((key) => !visible.has(key))).toEqual([]);
  expect(visible.size).toBeGreaterThanOrEqual(told.length);
  // Else no kill struck in the middle of a write, and the test showed nothing.
  expect(halfWritten).toBeGreaterThan(0);
  expect(await readdir(join(root, '~tmp'))).toEqual([]);
}, 300_000);
