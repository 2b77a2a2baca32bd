import { LivePeopleAnswer, ServiceError } from '@lastgood/contracts';
import { localServer, sendJson, type LocalServer } from '../testing/local-server.js';
import { PullStand } from '../testing/pull-stand.js';
import type { LiveLookUps } from './live-look-ups.js';

const user = (sourcedId: string, more: object = {}): object => ({
  sourcedId, status: 'active', dateLastModified: '2026-01-01T00:00:00.000Z', username: sourcedId, enabledUser: true, givenName: 'Maeve', familyName: 'Smith', role: 'student', orgs: [{ href: 'x', sourcedId: 'o-1', type: 'org' }], ...more,
});

describe('a live look-up at an upstream that is not what it should be', () => {
  let stand: PullStand;
  let server: LocalServer;
  let live: LiveLookUps;
  let answer: unknown;
  beforeAll(async () => {
    stand = await PullStand.start({}, { people: 100 });
    server = await localServer((_, response) => sendJson(response, answer));
    stand.source = PullStand.sourceAt(server.url, { redact: ['birthDate'] });
  });
  beforeEach(() => {
    server.requests.length = 0;
    answer = { users: [] };
    live = stand.liveLookUps();
  });
  afterAll(async () => {
    await server.close();
    await stand[Symbol.asyncDispose]();
  });

  const search = (q: string) => live.search('oakwood', 'sis', { dataset: 'students', q, limit: 20 });
  const codeOf = (asking: Promise<unknown>): Promise<string> => asking.then(() => 'answered', (error: unknown) => (error instanceof ServiceError ? error.code : String(error)));
  const asked = (): string[] => server.requests.map(({ path }) => {
    const { pathname, searchParams } = new URL(path, server.url);
    expect([pathname, [...searchParams.keys()]]).toEqual(['/ims/oneroster/v1p1/students', ['limit', 'offset', 'filter']]);
    return searchParams.get('filter') ?? '';
  });

  test.each([
    ['smith', ["familyName~'smith' OR givenName~'smith'"]],
    ["O'Brien", ["familyName~'Brien' OR givenName~'Brien'"]],
    ['O\u2019Brien', ["familyName~'Brien' OR givenName~'Brien'"]],
    ["x'OR'1'='1", ["familyName~'OR' OR givenName~'OR'"]],
    ["abc' role", ["givenName~'abc' AND familyName~'role'", "familyName~'abc' AND givenName~'role'"]],
    ["ab'&limit=9999&filter=role", ["familyName~'filter' OR givenName~'filter'"]],
    ['Jo%27 Lee', ["givenName~'Jo' AND familyName~'Lee'", "familyName~'Jo' AND givenName~'Lee'"]],
    ['Na\u0303me\u0000', ["familyName~'N\u00e3me' OR givenName~'N\u00e3me'"]],
    ['\u5f20\u4f1f', ["familyName~'\u5f20\u4f1f' OR givenName~'\u5f20\u4f1f'"]],
    ['ada+x@school.example', ["email~'ada+x@school.example'"]],
    ['10042', ["identifier~'10042' OR username~'10042'"]],
    ["Smith-O'Neil, Ann", ["givenName~'Smith-O' AND familyName~'Ann'", "familyName~'Smith-O' AND givenName~'Ann'"]],
  ])('asks for %j with nothing that means more than a text', async (q, filters) => {
    await search(q);
    expect(asked()).toEqual(filters);
  });

  test.each(['ana maria smith', "'", '~ = !', "a'b", 'ada@x.example smith', '\ud800', 'x'])('%j is told in words what can be asked instead, and nobody is asked', async (q) => {
    const problem = await search(q).catch((error: unknown) => error);
    expect(problem).toMatchObject({ kind: 'invalid', code: 'live_query_impossible', message: expect.stringMatching(/one or two words of a name/), options: { errors: [{ field: 'q' }] } });
    expect(server.requests).toEqual([]);
  });

  test('one that ignores filters is found out', async () => {
    answer = { users: [user('u-1'), user('u-2', { familyName: 'Jones' }), user('u-3', { familyName: 'Brown' })] };
    expect(await codeOf(search('smith'))).toBe('filter_ignored');
  });

  test('rows that do not match, are of another kind, come twice or cannot be read are left out', async () => {
    answer = { users: [user('u-1'), user('u-1'), user('u-2', { familyName: 'Sm\u00eeth' }), user('u-3', { familyName: 'Jones' }), user('u-4', { role: 'teacher' }), user('u-5', { username: null })] };
    const found = LivePeopleAnswer.parse(await search('smith'));
    expect([found.items.map(({ sourcedId }) => sourcedId), found.unreadable]).toEqual([['u-1', 'u-2'], 1]);
  });

  test('what the source redacts is not searched by, so that no answer tells of it', async () => {
    const sourceOf = (redact: string[]) => () => ({ ...stand.source, liveLookUp: true, redact });
    live = stand.liveLookUps({ sourceOf: sourceOf(['Identifier', 'FAMILYNAME']) });
    answer = { users: [user('u-1', { username: '10042', identifier: '10042' })] };
    expect(await codeOf(search('10042'))).toBe('answered');
    answer = { users: [] };
    expect([await codeOf(search('smith')), await codeOf(search('ann smith'))]).toEqual(['answered', 'answered']);
    expect(asked()).toEqual(["username~'10042'", "givenName~'smith'", "givenName~'ann'", "givenName~'smith'"]);
    live = stand.liveLookUps({ sourceOf: sourceOf(['identifier', 'username', 'email']) });
    server.requests.length = 0;
    for (const q of ['10042', 'ada@x.example']) {
      const problem = await search(q).catch((error: unknown) => error);
      expect(problem).toMatchObject({ kind: 'invalid', code: 'live_query_impossible', message: expect.stringMatching(/redacts/), options: { errors: [{ field: 'q' }] } });
    }
    expect(server.requests).toEqual([]);
  });

  test('more rows than were asked for, none of which can be read, are an answer still', async () => {
    answer = { users: Array.from({ length: 1_200 }, (_, row) => user(`u-${row}`, { username: null })) };
    const found = LivePeopleAnswer.parse(await search('smith'));
    expect([found.items, found.unreadable, found.more]).toEqual([[], 1_000, true]);
  });

  test('passwords and what the source redacts never leave, at any depth', async () => {
    answer = { user: user('u-1', { password: 'p', metadata: { oldPassword: 'q', birthDate: 'r', kept: 's' } }) };
    const { item } = await live.record('oakwood', 'sis', { dataset: 'students', sourcedId: 'u-1', record: true });
    expect(item.record).toMatchObject({ metadata: { kept: 's' } });
    expect(JSON.stringify(item)).not.toMatch(/assword|birthDate/);
  });

  test.each([
    [{ user: user('u-2') }, 'record_wrong'], [{ user: [user('u-1')] }, 'row_invalid'], [{ class: user('u-1') }, 'envelope_missing'], [[user('u-1')], 'envelope_missing'], [{ user: user('u-1', { familyName: null }) }, 'record_invalid'],
    [{ imsx_codeMajor: 'failure', imsx_severity: 'error' }, 'upstream_error_answer'], [{ user: user('u-1', { role: 'parent' }) }, 'not_found'],
  ])('an answer of %j to the question for one record ends as %s', async (sent, code) => {
    answer = sent;
    expect(await codeOf(live.record('oakwood', 'sis', { dataset: 'students', sourcedId: 'u-1', record: true }))).toBe(code);
  });
});
