import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { ServiceError } from '@lastgood/contracts';
import { Clock, CrashPoints, PinoLog, Readiness, SystemClock } from './index.js';
import { diskTrouble } from './disk-trouble.js';
import { allowedMethods, routesNotMet } from './routes.js';

describe('a crash point', () => {
  test('does nothing unless it is the chosen one, and then at the chosen time', () => {
    let deaths = 0;
    const points = new CrashPoints('after-begin:3', () => void (deaths += 1));
    const none = new CrashPoints(undefined, () => void (deaths += 1));
    for (const name of ['after-begin', 'other', 'after-begin']) points.reach(name);
    none.reach('after-begin');
    expect(deaths).toBe(0);
    points.reach('after-begin');
    points.reach('after-begin');
    expect(deaths).toBe(1);
  });

  test('ends the process as SIGKILL does, before the next statement', async () => {
    const module = new URL('./crash-points.js', import.meta.url).href;
    const script = `const { CrashPoints } = await import(process.argv[1]); new CrashPoints('here').reach('here'); process.stdout.write('alive');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, module], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect([code, signal, said]).toEqual([null, 'SIGKILL', '']);
  });
});

describe('the log', () => {
  const lines: string[] = [];
  const log = PinoLog.to({ write: (line: string) => void lines.push(line) }, 'info');
  beforeEach(() => lines.splice(0));

  test('writes one JSON line with time, level, words and exactly the fields handed in', () => {
    log.with({ service: 'writer', run: 'r1' }).info('the run began', { epoch: 7 });
    log.debug('not at this level');
    expect(lines).toHaveLength(1);
    const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(typeof time).toBe('string');
    expect(rest).toEqual({ level: 'info', service: 'writer', run: 'r1', epoch: 7, msg: 'the run began' });
  });

  test('writes message, stack and causes of an error, but never its properties nor what a parser quotes', () => {
    let parseError: unknown;
    try {
      JSON.parse('Planted Person');
    } catch (error) {
      parseError = error;
    }
    const error = Object.assign(new ServiceError('invalid', 'bad', 'It is bad.', { cause: parseError }), { person: 'Planted Person' });
    log.error('it failed', error);
    expect(lines[0]).toContain('ServiceError: It is bad.');
    expect(lines[0]).toContain('SyntaxError: a text could not be parsed');
    expect(lines[0]).toContain('runtime-pieces.spec');
    expect(lines[0]).not.toContain('Planted');
  });
});

test('readiness tells each dependency; one that throws or does not answer in time is in trouble', async () => {
  const readiness = new Readiness((variable) => variable === 'ITS_URL');
  readiness.register('good', () => null, { neededForReads: true });
  readiness.register('words', async () => 'it is away');
  readiness.register('set', () => 'it is away', { variable: 'ITS_URL' });
  readiness.register('default', () => 'it is away', { variable: 'ANOTHER_URL' });
  readiness.register('throws', () => {
    throw new TypeError('Planted Person');
  });
  readiness.register('hangs', () => new Promise(() => undefined));
  expect(await readiness.states()).toEqual([
    { name: 'good', neededForReads: true, trouble: null },
    { name: 'words', neededForReads: false, trouble: 'it is away' },
    { name: 'set', neededForReads: false, trouble: 'it is away; ITS_URL says where it is' },
    { name: 'default', neededForReads: false, trouble: 'it is away' },
    { name: 'throws', neededForReads: false, trouble: 'the check failed with TypeError' },
    { name: 'hangs', neededForReads: false, trouble: 'no answer within 1000 ms' },
  ]);
});

test('a disk tells of itself only when it has little left', async () => {
  expect(await diskTrouble(tmpdir())).toBeNull();
  // A file system without blocks is full.
  expect(await diskTrouble('/proc')).toBe('the disk of LASTGOOD_DATA_DIR has less than 1 MB left: refreshes fail and cannot always be told so; reads go on. Free some');
});

test('a sleep that is aborted rejects with the reason of the signal', async () => {
  const clock: Clock = new SystemClock();
  const stop = new AbortController();
  const sleep = clock.sleep(3_600_000, stop.signal);
  const reason = new Error('stop');
  stop.abort(reason);
  await expect(sleep).rejects.toBe(reason);
  await clock.sleep(1);
});

test('the methods of a path come from every pattern that fits it', () => {
  const routes = [{ method: 'GET', pattern: '/a/:id' }, { method: 'HEAD', pattern: '/a/:id' }, { method: 'POST', pattern: '/a/b' }, { method: 'GET', pattern: '/files/*' }, { method: 'PUT', pattern: '/a' }];
  expect(allowedMethods(routes, '/a/b?x=1')).toEqual(['GET', 'POST']);
  expect(allowedMethods(routes, '/a/c')).toEqual(['GET']);
  expect(allowedMethods(routes, '/files/x/y')).toEqual(['GET']);
  expect(allowedMethods(routes, '/none')).toEqual([]);
});

test('a route is met by a request to it, and not by one to a more exact route or by another method', () => {
  const routes = [{ method: 'GET', pattern: '/a/:id' }, { method: 'GET', pattern: '/a/b' }, { method: 'POST', pattern: '/a/:id' }, { method: 'GET', pattern: '/a' }];
  expect(routesNotMet(routes, [['GET', '/a/b?x=1'], ['GET', '/none']])).toEqual(['GET /a/:id', 'POST /a/:id', 'GET /a']);
  expect(routesNotMet(routes, [['GET', '/a/b'], ['GET', '/a/c'], ['POST', '/a/b'], ['GET', '/a?y']])).toEqual([]);
});
