import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildThread } from './build-types.js';
import type { ThreadRole } from './build-thread.js';
import { WorkerThreads } from './worker-thread.js';

describe('the worker threads of a writer', () => {
  const root = mkdtempSync(join(tmpdir(), 'lastgood-threads-'));
  let threads: WorkerThreads;

  beforeEach(() => {
    threads = new WorkerThreads(new URL('./build.entry.js', import.meta.url), 60_000);
  });
  afterEach(() => threads.close());
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  function open(folder = mkdtempSync(join(root, 'build-'))): BuildThread {
    return threads.open({ role: 'ingest', folder, settings: { kind: 'oneroster-1.1', validation: 'strict', columns: {} } } satisfies ThreadRole);
  }
  const endOfUsers = { do: 'people' };

  test('a thread whose role is over waits for the next one, which finds nothing of the one before', async () => {
    const first = open();
    expect(await first.ask(endOfUsers)).toBeUndefined();
    await first.terminate();
    expect(threads.idle).toBe(1);
    const second = open();
    expect(threads.idle).toBe(0);
    expect(await second.ask(endOfUsers)).toBeUndefined();
    await second.terminate();
    expect(threads.idle).toBe(1);
  });

  test('whoever gave a thread back cannot ask it any more', async () => {
    const first = open();
    await first.ask(endOfUsers);
    await first.terminate();
    const second = open();
    await expect(first.ask(endOfUsers)).rejects.toThrow('over');
    await first.terminate();
    expect(await second.ask(endOfUsers)).toBeUndefined();
    await second.terminate();
  });

  test('a thread that failed, or is in the middle of something, gets no other role', async () => {
    const failing = open(join(root, 'no', 'such', 'folder'));
    await expect(failing.ask(endOfUsers)).rejects.toThrow();
    await failing.terminate();
    const busy = open();
    const answer = busy.ask(endOfUsers);
    answer.catch(() => undefined);
    await busy.terminate();
    await expect(answer).rejects.toThrow('ended');
    expect(threads.idle).toBe(0);
  });

  test('a thread that nobody needs ends', async () => {
    const soon = new WorkerThreads(new URL('./build.entry.js', import.meta.url), 1);
    const only = soon.open({ role: 'ingest', folder: mkdtempSync(join(root, 'build-')), settings: { kind: 'oneroster-1.1', validation: 'strict', columns: {} } } satisfies ThreadRole);
    await only.ask(endOfUsers);
    await only.terminate();
    while (soon.idle > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(soon.idle).toBe(0);
  });
});
