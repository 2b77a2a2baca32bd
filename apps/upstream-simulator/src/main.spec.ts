import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('main.js', import.meta.url));

describe('the simulator as a process of its own', () => {
  test('says in one line where it listens, serves, and ends on SIGTERM with a request hanging', async () => {
    const env = { ...process.env, NODE_OPTIONS: '', SIMULATOR_PEOPLE: '200', SIMULATOR_TOKEN: 'from-env', SIMULATOR_OPTIONS: '{"quirks":[{"kind":"hang","collection":"orgs"}]}' };
    const child = spawn(process.execPath, [program, '--night', '3', '--version', '1.2'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(String(line)).toMatch(/^upstream-simulator listens on http:\/\/127\.0\.0\.1:\d+\/ims\/oneroster\/rostering\/v1p2 \(200 people, night 3\)\n$/);
    const url = /http\S+/.exec(String(line))?.[0] ?? '';
    const headers = { authorization: 'Bearer from-env' };
    const users = await fetch(`${url}/users`, { headers });
    expect(users.headers.get('x-total-count')).toBe('200');
    await users.text();
    const hanging = fetch(`${url}/orgs`, { headers }).catch(() => 'ended');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await hanging).toBe('ended');
  });

  test('takes its token from a file, and says so when that cannot be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
    writeFileSync(join(folder, 'token'), 'from-file\n', { mode: 0o600 });
    const child = spawn(process.execPath, [program, '--people', '200'], { env: { ...process.env, NODE_OPTIONS: '', SIMULATOR_TOKEN_FILE: join(folder, 'token') }, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = /http\S+/.exec(String(line))?.[0] ?? '';
    expect((await fetch(`${url}/orgs`, { headers: { authorization: 'Bearer from-file' } })).status).toBe(200);
    expect((await fetch(`${url}/orgs`, { headers: { authorization: 'Bearer upstream-token' } })).status).toBe(401);
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(folder, { recursive: true });
    const lost = spawn(process.execPath, [program], { env: { ...process.env, NODE_OPTIONS: '', SIMULATOR_TOKEN_FILE: join(folder, 'token') }, stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    lost.stderr.on('data', (chunk: Buffer) => (text += String(chunk)));
    expect(await once(lost, 'close')).toEqual([1, null]);
    expect(text).toContain('cannot start');
  });

  test('wrong options are all named and the exit code is 1', async () => {
    const child = spawn(process.execPath, [program, '--people', '5', '--night', 'x'], { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += String(chunk)));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(text).toContain('people');
    expect(text).toContain('night');
  });
});
