import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolderInUse, DataFolderUnusable, lockDataFolder } from './index.js';

let parent: string;
const folder = (): string => join(parent, 'data');

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lastgood-lock-'));
});

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(parent, { recursive: true });
});

const LOCKER = `
  const { lockDataFolder } = await import(process.argv[1]);
  try { lockDataFolder(process.argv[2]); } catch (error) { console.log(error.name); process.exit(1); }
  console.log('locked');
  setInterval(() => {}, 1000);
`;

/** A process of its own that takes the folder; resolves with the first line it writes. */
async function locker(): Promise<{ child: ChildProcess; says: string }> {
  const module = new URL('./data-folder-lock.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', LOCKER, module, folder()], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, says: line.toString().trim() };
}

test('a folder is made for its owner only, and can be taken again once it was given back', async () => {
  const lock = lockDataFolder(folder());
  expect((await stat(folder())).mode & 0o777).toBe(0o700);
  expect(() => lockDataFolder(folder())).toThrow(DataFolderInUse);
  lock.release();
  lockDataFolder(folder()).release();
});

test('a second process is refused, and a SIGKILL of the first frees the folder', async () => {
  const first = await locker();
  expect(first.says).toBe('locked');
  expect((await locker()).says).toBe('DataFolderInUse');
  expect(() => lockDataFolder(folder())).toThrow(/in use by another Lastgood process.*LASTGOOD_DATA_DIR/s);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  lockDataFolder(folder()).release();
});

test('what is no folder is refused with the setting to change', async () => {
  await writeFile(folder(), '');
  expect(() => lockDataFolder(folder())).toThrow(DataFolderUnusable);
  expect(() => lockDataFolder(folder())).toThrow(/EEXIST.*LASTGOOD_DATA_DIR/);
});
