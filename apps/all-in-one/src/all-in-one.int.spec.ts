import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PATIENCE_MS = 60_000;
let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgood-all-in-one-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
});

interface Started {
  child: ChildProcess;
  /** Resolves with everything said so far once the pattern stands in it; rejects when the process ends first. */
  says(pattern: RegExp): Promise<string>;
  exited: Promise<{ code: number | null; said: string }>;
}

function start(environment: Record<string, string>): Started {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', main], {
    env: { PATH: process.env.PATH, PORT: '0', LASTGOOD_DATA_DIR: join(folder, 'data'), ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let said = '';
  const more = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      for (const look of more) look();
    });
  }
  const exited = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
  const says = (pattern: RegExp): Promise<string> => new Promise((resolve, reject) => {
    const look = (): void => {
      if (pattern.test(said)) resolve(said);
    };
    more.add(look);
    look();
    void exited.then(() => reject(new Error(`the process ended: ${said}`)));
  });
  return { child, says, exited };
}

const keyIn = (said: string): string => /\blg_\w+/.exec(said)?.[0] ?? '';
const linkIn = (said: string): string => /\/sign-in#(\S+)/.exec(said)?.[1] ?? '';
const gatewayIn = (said: string): string => /gateway\s+(http:\S+)/.exec(said)?.[1] ?? '';

test('the first start publishes and searches the sample; a second process is refused; a restart after SIGKILL keeps everything', async () => {
  const first = start({ LASTGOOD_SAMPLE_PEOPLE: '200' });
  const said = await first.says(/refresh published/);
  expect(said.split('\n').length).toBeLessThan(20);
  const authorization = `Bearer ${keyIn(said)}`;
  const found = await fetch(`${gatewayIn(said)}/api/v1/districts/sample/students?q=a`, { headers: { authorization } });
  expect(found.status).toBe(200);
  const snapshot = found.headers.get('lastgood-snapshot');
  const signIn = (): Promise<Response> => fetch(`${gatewayIn(said)}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ link: linkIn(said) }) });
  const signedIn = await signIn();
  expect([signedIn.status, signedIn.headers.get('set-cookie'), await signedIn.json()]).toEqual([200, expect.stringContaining('HttpOnly'), expect.objectContaining({ role: 'admin' })]);
  expect((await signIn()).status).toBe(403);

  const second = await start({ LASTGOOD_SAMPLE_PEOPLE: '0' }).exited;
  expect(second).toMatchObject({ code: 1, said: expect.stringContaining('in use by another Lastgood process') });

  first.child.kill('SIGKILL');
  await first.exited;
  const again = start({ LASTGOOD_SAMPLE_PEOPLE: '200' });
  const saidAgain = await again.says(/\/refresh\n/);
  expect(keyIn(saidAgain)).toBe('');
  expect(saidAgain).toContain('as shown at the first start');
  const kept = await fetch(`${gatewayIn(saidAgain)}/api/v1/districts/sample/students?q=a`, { headers: { authorization } });
  expect([kept.status, kept.headers.get('lastgood-snapshot')]).toEqual([200, snapshot]);
  again.child.kill('SIGTERM');
  expect((await again.exited).code).toBe(0);
}, PATIENCE_MS);

test('wrong configuration of every part is told at once, with exit code 1 and no value shown', async () => {
  const { code, said } = await start({ LASTGOOD_SAMPLE_PEOPLE: '7', PORT: 'planted', ADMIN_TOKEN: 'planted-short' }).exited;
  expect(code).toBe(1);
  for (const key of ['LASTGOOD_SAMPLE_PEOPLE', 'PORT', 'ADMIN_TOKEN']) expect(said).toContain(`  ${key}: `);
  expect(said).not.toContain('planted');
}, PATIENCE_MS);
