import { LiveClassAnswer, LiveClassesAnswer, LivePeopleAnswer, LivePersonAnswer, ServiceError, type LiveDataset, type SourceConfig } from '@lastgood/contracts';
import { PullStand } from '../testing/pull-stand.js';
import type { HostBreaker } from '../upstream/host-breaker.js';
import { UpstreamFailure } from '../upstream/upstream-failure.js';
import { UpstreamHosts } from '../upstream/upstream-host.js';
import type { LiveLookUps } from './live-look-ups.js';

type Row = Record<string, unknown>;
const client = { clientId: 'district/1', clientSecret: 's&cr=t %+' };

const search = (live: LiveLookUps, dataset: LiveDataset, q: string, limit = 50) => live.search('oakwood', 'sis', { dataset, q, limit });
const people = async (live: LiveLookUps, dataset: LiveDataset, q: string, limit = 50): Promise<LivePeopleAnswer> => LivePeopleAnswer.parse(await search(live, dataset, q, limit));
const idsOf = ({ items }: { items: readonly { sourcedId: string }[] }): string[] => items.map(({ sourcedId }) => sourcedId).sort();
const has = (row: Row, field: string, text: string): boolean => String(row[field] ?? '').toLowerCase().includes(text.toLowerCase());

/** The problem that a look-up must end in. */
async function problemOf(asking: Promise<unknown>): Promise<ServiceError> {
  const error = await asking.then(() => 'it was answered', (thrown: unknown) => thrown);
  if (!(error instanceof ServiceError)) throw new Error(`no problem, but ${String(error)}`);
  return error;
}

const circuitOf = (stand: PullStand, hosts = stand.hosts): HostBreaker => hosts.get(new URL(stand.simulator.url).host).breaker;

/** Opens a circuit as the calls of a pull do. */
async function openCircuit(circuit: HostBreaker): Promise<void> {
  const failing = (): Promise<never> => Promise.reject(new UpstreamFailure('upstream_failing', 'tested', { retryable: true, blames: 'host' }));
  while (circuit.state === 'closed') await circuit.run(failing).catch(() => undefined);
}

describe('a live look-up', () => {
  let stand: PullStand;
  let users: Row[];
  beforeAll(async () => {
    stand = await PullStand.start();
    users = await stand.upstreamRecords('users');
  });
  beforeEach(() => stand.simulator.control.setQuirks());
  afterAll(() => stand[Symbol.asyncDispose]());

  test('finds students by part of either name, by both names in either order, by email and by number, as the upstream holds them', async () => {
    const live = stand.liveLookUps();
    const students = users.filter(({ role }) => role === 'student');
    const one = students.find(({ givenName, familyName, email, identifier }) => email && identifier && /^[a-z]{4,}$/i.test(String(givenName)) && /^[a-z]{4,}$/i.test(String(familyName))) as Row;
    const [given, family] = [String(one['givenName']), String(one['familyName'])];
    const part = family.slice(1, 4);
    const byPart = students.filter((row) => has(row, 'familyName', part) || has(row, 'givenName', part)).map(({ sourcedId }) => String(sourcedId)).sort();
    const found = await people(live, 'students', part);
    expect([byPart.length > 0 && byPart.length <= 50, found.more, idsOf(found)]).toEqual([true, false, byPart]);
    for (const q of [`${given} ${family}`, `${family}, ${given}`, String(one['email']), String(one['identifier'])]) expect([q, idsOf(await people(live, 'students', q))]).toEqual([q, expect.arrayContaining([one['sourcedId']])]);
    expect(found).toMatchObject({ district: 'oakwood', source: 'sis', live: true, unreadable: 0 });
  });

  test('finds parents among all users, in the order of snapshots, and says when there may be more', async () => {
    const live = stand.liveLookUps();
    const parents = new Set(users.filter(({ role }) => ['parent', 'guardian', 'relative'].includes(String(role))).map(({ sourcedId }) => sourcedId));
    const { items, more } = await people(live, 'parents', 'an', 5);
    expect([items.length, more, items.every(({ sourcedId }) => parents.has(sourcedId))]).toEqual([5, true, true]);
    const names = items.map(({ familyName }) => familyName?.toLowerCase() ?? '');
    expect(names).toEqual([...names].sort());
  });

  test('finds classes by title, and gives one by its id', async () => {
    const live = stand.liveLookUps();
    const [one] = (await stand.upstreamRecords('classes')) as [Row];
    const word = String(one['title']).split(/[^A-Za-z]+/).find((part) => part.length > 3) ?? '';
    const found = LiveClassesAnswer.parse(await search(live, 'classes', word));
    expect(found.items.every(({ title, classCode }) => `${title} ${classCode}`.toLowerCase().includes(word.toLowerCase()))).toBe(true);
    const id = String(one['sourcedId']);
    expect(LiveClassAnswer.parse(await live.record('oakwood', 'sis', { dataset: 'classes', sourcedId: id, record: false })).item).toMatchObject({ sourcedId: id, title: one['title'], record: null });
  });

  test('gives one person by any id that upstreams have, the whole record only when it is asked for', async () => {
    const live = stand.liveLookUps();
    const odd = users.filter(({ sourcedId, role }) => role === 'student' && !/^[\w-]+$/.test(String(sourcedId))).slice(0, 5);
    const plain = users.find(({ role }) => role === 'student') as Row;
    for (const row of [plain, ...odd]) {
      const sourcedId = String(row['sourcedId']);
      const { item } = LivePersonAnswer.parse(await live.record('oakwood', 'sis', { dataset: 'students', sourcedId, record: true }));
      expect([item.sourcedId, item.record?.['sourcedId'], 'password' in (item.record ?? {})]).toEqual([sourcedId, sourcedId, false]);
    }
    expect((await problemOf(live.record('oakwood', 'sis', { dataset: 'parents', sourcedId: String(plain['sourcedId']), record: false }))).kind).toBe('not-found');
    const { total } = await stand.simulator.control.requests();
    for (const sourcedId of ['..', '.', '\ud800']) expect((await problemOf(live.record('oakwood', 'sis', { dataset: 'students', sourcedId, record: false }))).kind).toBe('not-found');
    expect((await stand.simulator.control.requests()).total).toBe(total);
    expect((await problemOf(live.record('oakwood', 'sis', { dataset: 'students', sourcedId: 'nobody', record: false }))).kind).toBe('not-found');
  });

  test.each([
    ['oneroster-1.2', '/ims/oneroster/rostering/v1p2'], ['oneroster-1.1', '/ims/oneroster/v1p1'],
  ] as const)('works with %s and OAuth2, with one token for all look-ups', async (kind, root) => {
    await using other = await PullStand.start({ kind }, { people: 300, auth: { kind: 'oauth2', ...client } });
    other.source = { ...other.source, baseUrl: `${other.simulator.url}${root}`, auth: { kind: 'oauth2', ...client, credentialsIn: 'header', tokenUrl: `${other.simulator.url}/oauth/token`, scope: scopeOf(kind) } };
    const live = other.liveLookUps();
    for (const q of ['an', 'ar', 'el']) expect((await people(live, 'students', q)).items.length).toBeGreaterThan(0);
    expect((await other.simulator.control.requests()).endpoints['token']?.count).toBe(1);
  });

  test('works behind the ClassLink proxy and with signatures of OAuth 1', async () => {
    await using proxy = await PullStand.start({}, { people: 300, classLink: { partnerBearer: 'partner-bearer' } });
    proxy.source = { ...proxy.source, kind: 'classlink', baseUrl: proxy.simulator.url, auth: { kind: 'bearer', token: 'partner-bearer' }, classlink: { tenantId: await proxy.firstTenant(), pathPrefix: '' } };
    expect((await people(proxy.liveLookUps(), 'students', 'an')).items.length).toBeGreaterThan(0);
    const keys = { consumerKey: 'district key', consumerSecret: client.clientSecret };
    await using signed = await PullStand.start({}, { people: 300, auth: { kind: 'oauth1', ...keys, signatureMethods: ['HMAC-SHA256'] } });
    signed.source = { ...signed.source, auth: { kind: 'oauth1', ...keys, signatureMethod: 'HMAC-SHA256' } };
    expect((await people(signed.liveLookUps(), 'students', "D'an")).items.length).toBeGreaterThan(0);
  });

  test('asks with the secrets as they are now, not as they were', async () => {
    let source: SourceConfig = { ...stand.source, liveLookUp: true, auth: { kind: 'bearer', token: 'the token before' } };
    const live = stand.liveLookUps({ sourceOf: () => source });
    expect((await problemOf(search(live, 'students', 'an'))).code).toBe('upstream_unauthorized');
    source = { ...source, auth: stand.source.auth };
    expect((await people(live, 'students', 'an')).live).toBe(true);
    source = { ...source, liveLookUp: false };
    expect((await problemOf(search(live, 'students', 'an'))).code).toBe('live_look_up_off');
  });

  test('is refused for a source that does not allow it, without a call', async () => {
    const { total } = await stand.simulator.control.requests();
    expect(await problemOf(search(stand.liveLookUps({ sourceOf: () => stand.source }), 'students', 'an'))).toMatchObject({ kind: 'conflict', code: 'live_look_up_off' });
    expect((await stand.simulator.control.requests()).total).toBe(total);
  });

  test.each([
    [{ kind: 'htmlBody' }, 'unavailable', 'answer_not_json'], [{ kind: 'truncatedJson' }, 'unavailable', 'answer_not_json'], [{ kind: 'wrongEnvelope' }, 'unavailable', 'envelope_missing'],
    [{ kind: 'ok200WithError' }, 'unavailable', 'upstream_error_answer'], [{ kind: 'status', status: 500 }, 'unavailable', 'upstream_failing'], [{ kind: 'status', status: 401 }, 'unavailable', 'upstream_unauthorized'],
    [{ kind: 'status', status: 400, body: 'html' }, 'unavailable', 'live_query_refused'], [{ kind: 'redirect', to: 'http://127.0.0.1:9/' }, 'unavailable', 'upstream_redirected'],
    [{ kind: 'hugeBody', bytes: 8_000_000 }, 'unavailable', 'answer_too_large'], [{ kind: 'refuse' }, 'unavailable', 'upstream_unreachable'], [{ kind: 'hang' }, 'timeout', 'upstream_timeout'], [{ kind: 'stall' }, 'timeout', 'upstream_timeout'],
  ] as const)('that meets %j ends as %s, %s, after one try', async (quirk, kind, code) => {
    await stand.simulator.control.clearRequests();
    await stand.simulator.control.setQuirks(quirk);
    const live = stand.liveLookUps({ limitMs: 1_500 });
    const problem = await problemOf(search(live, 'students', 'an'));
    expect([problem.kind, problem.code, problem.message.length < 400]).toEqual([kind, code, true]);
    expect((await stand.simulator.control.requests()).total).toBe(1);
    live.close();
  });

  test('tells how long to wait when the upstream asks for fewer calls', async () => {
    await stand.simulator.control.setQuirks({ kind: 'rateLimit429', retryAfterSeconds: 2 });
    expect((await problemOf(search(stand.liveLookUps(), 'students', 'an'))).toProblem()).toMatchObject({ status: 503, code: 'upstream_rate_limited', retryable: true, retryAfterSeconds: 2 });
  });

  test.each([{ kind: 'status', status: 500, collection: 'students' }, { kind: 'refuse', collection: 'students' }] as const)('never opens the circuit of the host, whatever it meets (%j): pulls go on', async (quirk) => {
    await using broken = await PullStand.start({}, { people: 100 });
    const live = broken.liveLookUps();
    await broken.simulator.control.setQuirks(quirk);
    for (let count = 0; count < 12; count += 1) await problemOf(search(live, 'students', 'an'));
    expect(circuitOf(broken).state).toBe('closed');
    expect((await broken.pull()).type).toBe('refresh.fetched');
  });

  test('ends at once while the circuit of the host is open, and says when to ask again', async () => {
    await using broken = await PullStand.start({}, { people: 100 });
    await openCircuit(circuitOf(broken));
    expect((await problemOf(search(broken.liveLookUps(), 'students', 'an'))).toProblem()).toMatchObject({ status: 503, code: 'upstream_circuit_open', retryable: true, retryAfterSeconds: 15 });
    expect((await broken.simulator.control.requests()).total).toBe(0);
  });

  test('is answered while the circuit is half-open and leaves the one trial to the pull, whatever it meets; the pull closes it', async () => {
    await using broken = await PullStand.start({}, { people: 100 });
    const hosts = new UpstreamHosts(broken.clock, { breaker: { volumeThreshold: 10, errorThresholdPercentage: 50, resetMs: 50 } });
    const circuit = circuitOf(broken, hosts);
    await openCircuit(circuit);
    await circuit.change(new AbortController().signal);
    const live = broken.liveLookUps({ hosts });
    expect((await people(live, 'students', 'an')).live).toBe(true);
    await broken.simulator.control.setQuirks({ kind: 'refuse' });
    await problemOf(search(live, 'students', 'an'));
    expect(circuit.state).toBe('half-open');
    await broken.simulator.control.setQuirks();
    expect((await broken.pull(1, broken.fetcher({ hosts }))).type).toBe('refresh.fetched');
    expect(circuit.state).toBe('closed');
    expect((await people(live, 'students', 'an')).live).toBe(true);
    hosts.close();
  });

  test('that is given up says nothing against the host: pulls go on', async () => {
    await using slow = await PullStand.start({}, { people: 100 });
    const live = slow.liveLookUps({ limitMs: 50, most: 20 });
    await slow.simulator.control.setQuirks({ kind: 'hang', collection: 'students' });
    await Promise.all(Array.from({ length: 15 }, () => problemOf(search(live, 'students', 'an'))));
    expect((await slow.pull()).type).toBe('refresh.fetched');
  });

  test('waits for none of the others: beyond the limit of the fetcher it is refused at once', async () => {
    await stand.simulator.control.setQuirks({ kind: 'hang' });
    const live = stand.liveLookUps({ most: 2, limitMs: 3_000 });
    const waiting = ['an', 'el'].map((q) => problemOf(search(live, 'students', q)));
    expect(await problemOf(search(live, 'students', 'ar'))).toMatchObject({ kind: 'unavailable', code: 'live_look_ups_busy' });
    live.close();
    expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual(['process_stops', 'process_stops']);
  });

  test('starts no refresh, lands nothing, and leaves what was asked in no log and metric', async () => {
    const live = stand.liveLookUps();
    await people(live, 'students', 'Quaxworthy');
    await problemOf(search(live, 'students', 'Quaxworthy and two more'));
    expect(stand.events).toEqual([]);
    const landed: unknown[] = [];
    for await (const entry of stand.store.list('staging/')) landed.push(entry);
    expect(landed).toEqual([]);
    const told = JSON.stringify(stand.log.lines) + (await stand.metrics.registry.metrics());
    expect(told).toContain('lastgood_live_look_up_seconds_count{kind="oneroster-1.1",outcome="answered"}');
    expect(told.toLowerCase()).not.toContain('quaxworthy');
  });
});

const scopeOf = (kind: string): string => ['roster-core.readonly', 'roster.readonly', 'roster-demographics.readonly'].map((name) => `https://purl.imsglobal.org/spec/or/${kind === 'oneroster-1.2' ? 'v1p2' : 'v1p1'}/scope/${name}`).join(' ');
