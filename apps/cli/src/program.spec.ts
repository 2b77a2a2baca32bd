import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayStandIn, json, sample, type Handler } from './testing/gateway-stand-in.js';
import { EXIT, EXIT_HELP } from './exit-codes.js';
import { runCommand } from './program.js';

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** The command line as a function: what it prints and how it ends when the gateway answers badly. */
describe('the lastgood command', () => {
  let gateway: GatewayStandIn;
  let folder: string;
  beforeEach(() => {
    gateway = new GatewayStandIn();
    folder = mkdtempSync(join(tmpdir(), 'lastgood-cli-'));
  });
  afterEach(async () => {
    await gateway.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function lastgood(environment: Record<string, string>, args: string[], terminal = false): Promise<Ended> {
    const ended: Ended = { code: -1, out: '', err: '' };
    ended.code = await runCommand(['node', 'lastgood', ...args], {
      environment, now: () => 0,
      stdout: { write: (text) => (ended.out += text), isTTY: terminal },
      stderr: { write: (text) => (ended.err += text), isTTY: terminal },
    });
    return ended;
  }

  async function asked(args: string[], ...handlers: Handler[]): Promise<Ended> {
    const url = await gateway.start(...handlers);
    return lastgood({ LASTGOOD_URL: url, LASTGOOD_KEY: 'lg_test' }, args);
  }

  test.each([
    [400, EXIT.usage], [401, EXIT.denied], [403, EXIT.denied], [404, EXIT.notFound], [409, EXIT.conflict], [410, EXIT.notFound], [429, EXIT.unavailable], [500, EXIT.unexpected], [503, EXIT.unavailable], [504, EXIT.unavailable],
  ])('an answer of %i ends with exit code %i and the words of the problem', async (status, code) => {
    const problem = { ...sample('problem'), status, detail: 'What happened and what to do.', errors: [{ field: 'limit', message: 'at most 200' }] };
    const ended = await asked(['runs'], json(status, problem));
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).toContain('What happened and what to do.\n  limit: at most 200');
  });

  test('an answer that is no problem+json is told by its status alone', async () => {
    const ended = await asked(['runs'], (_request, response) => void response.writeHead(502).end('<html>bad gateway</html>'));
    expect(ended).toEqual({ code: EXIT.unavailable, out: '', err: 'The gateway answered 502.\n' });
  });

  test('an answer in a shape of another version is told as that, with the fields', async () => {
    const ended = await asked(['runs', 'r-1'], json(200, { ...sample('run'), phase: 'dreaming' }));
    expect(ended).toMatchObject({ code: EXIT.unexpected, err: expect.stringMatching(/does not know \(phase\)/) as string });
  });

  test('no gateway at all is named with its address and the variable, never with the key', async () => {
    const url = await gateway.start();
    await gateway.close();
    const ended = await lastgood({ LASTGOOD_URL: url, LASTGOOD_KEY: 'lg_secret' }, ['runs']);
    expect(ended).toMatchObject({ code: EXIT.unavailable, err: expect.stringContaining(`The gateway at ${url} cannot be reached`) as string });
    expect(ended.err).toContain('LASTGOOD_URL');
    expect(ended.err).not.toContain('lg_secret');
  });

  test.each(['not a url', '127.0.0.1:8080', 'localhost:8080', '/api', 'ftp://127.0.0.1', 'http://someone:s3cret@127.0.0.1:8080', 'http://:80'])('LASTGOOD_URL=%s ends with 2 and words that name the variable and never repeat it', async (url) => {
    for (const args of [['runs'], ['refresh', 'lakeside', '--wait'], ['parked', 'drop', 'm-1']]) {
      const ended = await lastgood({ LASTGOOD_URL: url }, args);
      expect(ended).toEqual({ code: EXIT.usage, out: '', err: expect.stringMatching(/^LASTGOOD_URL .*\n$/) as string });
      expect(ended.err).not.toContain(url);
    }
  });

  test('a key that no header can carry ends with 2 and is not repeated', async () => {
    expect(await lastgood({ LASTGOOD_KEY: 'lg_two\nlines' }, ['runs'])).toEqual({ code: EXIT.usage, out: '', err: expect.stringMatching(/^LASTGOOD_KEY (?!.*two)/) as string });
  });

  test('a source that cannot be read is named and ends with 7; the others are shown', async () => {
    const answer = sample('students-answer', 2) as { sources: Record<string, unknown>[] };
    const broken = { source: 'broken', snapshot: null, count: { value: 0, capped: false }, items: [], nextCursor: null, problem: { code: 'index_unreadable', detail: 'It is being rebuilt; try again.' } };
    const ended = await asked(['search', 'lakeside', 'oka'], json(200, { ...answer, sources: [...answer.sources, broken] }));
    expect(ended.code).toBe(EXIT.unavailable);
    expect(ended.out).toContain('Okafor, Amélie');
    expect(ended.out).not.toContain('no snapshot yet');
    expect(ended.err).toBe('broken cannot be read: index_unreadable: It is being rebuilt; try again.\n');
  });

  test('a hostile record, source or problem sends nothing to the terminal that it obeys, and to programs all that it holds', async () => {
    const hostile = 'Ev\u001b[2J\u001b]8;;http://evil.example\u0007il\u009b1m\u202e\u2066\nsis: 9 found';
    const obeyed = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
    const answer = sample('students-answer', 2) as { sources: { items: Record<string, unknown>[] }[] };
    const [source] = answer.sources;
    const [item] = source?.items ?? [];
    const people = { ...answer, sources: [{ ...source, items: [{ ...item, familyName: hostile, email: hostile, schools: [{ sourcedId: 's', name: hostile }], guardians: [{ ...(item?.['guardians'] as object[])[0], familyName: hostile }] }] }] };
    const finding = { code: 'html_answer', severity: 'error', message: hostile, collection: 'users', offset: 0, httpStatus: 200, count: 1 };
    const run = { ...sample('run'), phase: 'failed', failure: { ...finding, retryable: true } };
    const snapshot = { ...sample('snapshot-detail'), findings: [finding] };
    const url = { LASTGOOD_URL: await gateway.start(json(200, people), json(200, people), json(200, run), json(200, { items: [run], nextCursor: null }), json(200, snapshot), json(400, { ...sample('problem'), status: 400, detail: hostile, errors: [{ field: hostile, message: hostile }] })) };
    expect(JSON.parse((await lastgood(url, ['--json', 'search', 'lakeside', 'a'])).out)).toMatchObject({ familyName: hostile });
    const lines: string[] = [];
    for (const [args, count] of [[['search', 'lakeside', 'a'], 2], [['runs', 'r-1'], 1], [['runs'], 2], [['snapshots', 'lakeside', 'latest'], 7], [['runs'], 2]] as const) {
      const { out, err } = await lastgood(url, [...args], true);
      expect([args, `${out}${err}`.trimEnd().split('\n').length]).toEqual([args, count]);
      lines.push(...`${out}${err}`.split('\n'));
    }
    expect(lines.filter((line) => obeyed.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes(String.raw`Ev\u001b[2J`)).length).toBeGreaterThanOrEqual(5);
  });

  test('a failed run is told with its cause, the collection, the page and the status of the upstream, in the list, followed, and alone', async () => {
    const failure = { code: 'html_answer', severity: 'error', message: 'The upstream sent HTML.', collection: 'users', offset: 4998, httpStatus: 200, count: 1, retryable: true };
    const run = { ...sample('run'), phase: 'failed', finishedAt: '2026-11-22T03:00:10.000Z', durationSeconds: 10, failure };
    const words = 'html_answer (collection users, page at offset 4998, HTTP 200): The upstream sent HTML.';
    const ended: Handler = (_request, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`id: 1\nevent: end\ndata: ${JSON.stringify(run)}\n\n`);
    const waited = await asked(['refresh', 'lakeside', 'sis', '--wait'], json(202, { district: 'lakeside', runs: [{ joined: false, run: sample('run') }] }), ended, json(200, run), json(200, { items: [run], nextCursor: null }));
    expect(waited).toMatchObject({ code: EXIT.runFailed, err: `sis: ${words}\n`, out: expect.stringContaining(words) as string });
    const url = { LASTGOOD_URL: gateway.url };
    expect((await lastgood(url, ['runs', 'r-1'])).out).toContain(`failed  29998 records  10.0 s  ${words}`);
    expect((await lastgood(url, ['runs'])).out).toMatch(/html_answer \(collection users, page at offset 4998, HTTP 200\)\n/);
  });

  test('a failure that belongs to no collection is told without one', async () => {
    const failure = { code: 'stopped', severity: 'error', message: 'It was stopped.', collection: null, offset: null, httpStatus: null, count: 1, retryable: true };
    expect((await asked(['runs', 'r-1'], json(200, { ...sample('run'), phase: 'failed', failure }))).out).toMatch(/ {2}stopped: It was stopped\.\n$/);
  });

  test('one snapshot is shown with its state, counts, findings and log head, and with the commands that decide about it', async () => {
    const { code, out } = await asked(['snapshots', 'lakeside', 'latest', '--source', 'sis'], json(200, sample('snapshot-detail')));
    expect([code, gateway.seen[0]?.url]).toEqual([EXIT.ok, '/api/v1/districts/lakeside/snapshots/latest?source=sis']);
    expect(out.split('\n')).toEqual([
      '41-01jd4w8k2m3n5p7q9rstvwxyz0 of lakeside/sis: held, quarantined, 2026-11-22T03:00:09.250Z, 41.2 MB',
      '  counts: students 27,000',
      '  findings:',
      '    error: collection_shrank (collection users): users has 31,004 rows, 37.9 % fewer than the last good snapshot; approve it if that is right.',
      '  log head: 42',
      '  to approve it: lastgood approve lakeside 41-01jd4w8k2m3n5p7q9rstvwxyz0 --previewed 42',
      '  to reject it: lastgood reject lakeside 41-01jd4w8k2m3n5p7q9rstvwxyz0 --previewed 42',
      '',
    ]);
  });

  test.each([['no --previewed', []], ['a --previewed that is no log head', ['--previewed', 'yes']], ['a --previewed of 0', ['--previewed', '0']]])('an approval with %s is refused as wrong usage and asks nobody', async (_, options) => {
    const ended = await asked(['approve', 'lakeside', '41-01jd4w8k2m3n5p7q9rstvwxyz0', ...options]);
    expect([ended.code, ended.err, gateway.seen]).toEqual([EXIT.usage, expect.stringContaining('--previewed'), []]);
  });

  test.each([['approve', ['--previewed', '42'], { previewed: 42 }], ['reject', ['--previewed', '42', '--reason', 'wrong'], { previewed: 42, reason: 'wrong' }], ['rollback', [], {}]])('%s %j sends exactly what was typed, in one request', async (verb, options, body) => {
    const ended = await asked([verb, 'lakeside', '41-01jd4w8k2m3n5p7q9rstvwxyz0', ...options], json(200, sample('decision-answer')));
    expect([ended.code, gateway.seen.map(({ method, body: sent }) => [method, sent])]).toEqual([EXIT.ok, [['POST', JSON.stringify(body)]]]);
  });

  test('a held run ends with 6 and says how to look at it', async () => {
    const run = { ...sample('run'), phase: 'quarantined', snapshot: '41-01jd4w8k2m3n5p7q9rstvwxyz0' };
    const ended: Handler = (_request, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`id: 1\nevent: end\ndata: ${JSON.stringify(run)}\n\n`);
    const { code, err } = await asked(['refresh', 'lakeside', '--wait'], json(202, { district: 'lakeside', runs: [{ joined: false, run: sample('run') }] }), ended);
    expect([code, err]).toEqual([EXIT.held, expect.stringContaining('lastgood snapshots lakeside 41-01jd4w8k2m3n5p7q9rstvwxyz0')]);
  });

  test('a stream of events that breaks is taken up where it broke, however the bytes are cut', async () => {
    const run = sample('run');
    const event = (id: number, name: string, data: unknown): string => `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    const published = { ...run, phase: 'published', finishedAt: '2026-11-22T03:00:10.000Z', durationSeconds: 10, snapshot: '41-01jd4w8k2m3n5p7q9rstvwxyz0', logNumber: 42 };
    const broken: Handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const text = event(1, 'run', run);
      response.write(text.slice(0, 20));
      response.write(`${text.slice(20)}id: 2\nevent: run\nda`, () => response.destroy());
    };
    const whole: Handler = (_request, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`: hello\n\n${event(2, 'run', run)}${event(3, 'end', published)}`);
    const ended = await asked(['--json', 'refresh', 'lakeside', 'sis', '--wait'], json(202, { district: 'lakeside', runs: [{ joined: false, run }] }), broken, whole);
    expect(ended).toMatchObject({ code: EXIT.ok, err: '' });
    expect(JSON.parse(ended.out)).toMatchObject({ phase: 'published', logNumber: 42 });
    expect(gateway.seen[1]?.headers['last-event-id']).toBeUndefined();
    expect(gateway.seen[2]?.headers['last-event-id']).toBe('1');
  });

  test('parked messages are listed with service, type, tries and reason', async () => {
    const [item] = sample('parked-answer')['items'] as [{ id: string; service: string; type: string; attempts: number; parkedAt: string; reason: string }];
    const ended = await asked(['parked', 'list', '--limit', '7'], json(200, { items: [item] }));
    expect([ended.code, ended.err, gateway.seen.map(({ method, url }) => [method, url])]).toEqual([EXIT.ok, '', [['GET', '/api/v1/admin/parked?limit=7']]]);
    const [titles, row] = ended.out.split('\n');
    expect(titles?.split(/ {2,}/)).toEqual(['MESSAGE', 'SERVICE', 'TYPE', 'TRIES', 'PARKED', 'REASON']);
    expect(row?.split(/ {2,}/)).toEqual([item.id, item.service, item.type, String(item.attempts), item.parkedAt, item.reason]);
  });

  test.each([['replay', 'POST', '/api/v1/admin/parked/m-1/replay'], ['drop', 'DELETE', '/api/v1/admin/parked/m-1']])('parked %s asks for exactly that, once, and says that it is done', async (verb, method, url) => {
    const ended = await asked(['parked', verb, 'm-1'], (_request, response) => void response.writeHead(204).end());
    expect([ended, gateway.seen.map((request) => [request.method, request.url])]).toEqual([{ code: EXIT.ok, out: `${verb}: done\n`, err: '' }, [[method, url]]]);
  });

  test.each(['unknown-command', '--unknown', 'search'])('wrong usage (%s) ends with 2 and asks nobody', async (word) => {
    expect((await asked([word])).code).toBe(EXIT.usage);
    expect(gateway.seen).toEqual([]);
  });

  test('the help lists every exit code there is', async () => {
    const { code, out } = await asked(['--help']);
    expect(code).toBe(EXIT.ok);
    expect(out).toContain(EXIT_HELP.trim());
    for (const number of Object.values(EXIT)) expect(EXIT_HELP).toMatch(new RegExp(`^ {2}${number}  \\S`, 'm'));
  });

  test('verify without a store says where it looked; an S3 endpoint without a bucket says which variable is missing', async () => {
    const missing = join(folder, 'nothing');
    const ended = await lastgood({ LASTGOOD_DATA_DIR: missing }, ['verify']);
    expect(ended).toMatchObject({ code: EXIT.notFound, err: expect.stringContaining(missing) as string });
    const incomplete = await lastgood({ LASTGOOD_S3_ENDPOINT: 'http://127.0.0.1:9' }, ['verify']);
    expect(incomplete).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('LASTGOOD_S3_BUCKET') as string });
  });

  test('verify and rebuild of an empty store find nothing wrong and write nothing', async () => {
    expect(await lastgood({}, ['verify', '--store', folder])).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('0 logs with 0 records') as string });
    expect(await lastgood({}, ['rebuild', '--store', folder])).toMatchObject({ code: EXIT.ok, out: expect.stringContaining('0 logs') as string });
    expect(readdirSync(folder, { recursive: true })).toEqual(['~tmp']);
  });

  test('a key file that cannot be read is named by its variable', async () => {
    expect(await lastgood({ LASTGOOD_KEY_FILE: join(folder, 'none') }, ['runs'])).toMatchObject({ code: EXIT.usage, err: 'LASTGOOD_KEY_FILE names a file that cannot be read.\n' });
    appendFileSync(join(folder, 'key'), 'lg_of_a_file\n', { mode: 0o600 });
    expect(statSync(join(folder, 'key')).size).toBeGreaterThan(0);
    const url = await gateway.start(json(200, { items: [], nextCursor: null }));
    expect((await lastgood({ LASTGOOD_URL: url, LASTGOOD_KEY_FILE: join(folder, 'key') }, ['runs'])).code).toBe(EXIT.ok);
    expect(gateway.seen[0]?.headers.authorization).toBe('Bearer lg_of_a_file');
  });
});
