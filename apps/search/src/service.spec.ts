import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FiltersAnswer, Problem, PublishedAnswer, ReadStatus, SnapshotDetail, SnapshotsAnswer, StudentAnswer, StudentsAnswer } from '@lastgood/contracts';
import { DirectoryObjectStore } from '@lastgood/object-store';
import { startServices, type RunningServices } from '@lastgood/service-runtime';
import { testInvalidRequests, type InvalidRequest } from '@lastgood/service-runtime/suite';
import { searchService } from './index.js';
import { TestBucket, until } from './testing/read-side.js';
import { person, WritingSide } from './testing/writing-side.js';

const TOKEN = 'internal-token-of-this-test-0123456789abcdef';
const config = `
version: 1
districts:
  - id: oak
    name: Oak
    sources: [{ id: sis, kind: oneroster-1.1, baseUrl: "http://127.0.0.1:9/", auth: { kind: none } }]
  - id: elm
    name: Elm
    sources: [{ id: sis, kind: oneroster-1.1, baseUrl: "http://127.0.0.1:9/", auth: { kind: none } }]
`;

const SNAPSHOT = '7-01jd4w8k2m3n5p7q9rstvwxyz0';

/** At least one for every route. */
const INVALID: InvalidRequest[] = [
  ['GET', '/internal/districts/Not.A.District/status', undefined, 'district'],
  ['GET', `/internal/districts/oak/students?q=${'x'.repeat(201)}`, undefined, 'q'],
  ['GET', '/internal/districts/oak/students?limit=0', undefined, 'limit'],
  ['GET', '/internal/districts/oak/parents?colour=red', undefined, 'colour'],
  ['GET', '/internal/districts/oak/classes?cursor=%25', undefined, 'cursor'],
  ['GET', `/internal/districts/oak/students/${'s'.repeat(256)}`, undefined, 'sourcedId'],
  ['GET', '/internal/districts/oak/parents/u-1?verbose=1', undefined, 'verbose'],
  ['GET', '/internal/districts/oak/classes/c-1?source=A', undefined, 'source'],
  ['GET', '/internal/districts/oak/snapshots?from=yesterday', undefined, 'from'],
  ['GET', '/internal/districts/oak/snapshots/x', undefined, 'snapshot'],
  ['GET', `/internal/districts/oak/snapshots/${SNAPSHOT}?source=A`, undefined, 'source'],
  ['GET', '/internal/districts/oak/snapshots/latest/files/..%2fx', undefined, 'name'],
  ['GET', `/internal/districts/oak/snapshots/${SNAPSHOT}/preview?samples=some`, undefined, 'samples'],
  ['GET', '/internal/districts/oak/filters?source=A', undefined, 'source'],
  ['GET', '/internal/districts/oak/sources/Not%20a%20source/published', undefined, 'source'],
  ...['students', 'parents', 'classes'].map((dataset): InvalidRequest => ['GET', `/internal/districts/oak/${dataset}.csv?limit=5`, undefined, 'limit']),
];

describe('the search service over HTTP', () => {
  let bucket: TestBucket;
  let running: RunningServices;
  let snapshot: string;
  let store: DirectoryObjectStore;

  beforeAll(async () => {
    bucket = await TestBucket.open();
    const data = join(bucket.folder, 'data');
    await mkdir(data, { mode: 0o700 });
    await writeFile(join(data, 'lastgood.yaml'), config);
    running = await startServices([searchService], { embedded: true, environment: { LASTGOOD_DATA_DIR: data, LASTGOOD_CONFIG: join(data, 'lastgood.yaml'), LASTGOOD_INTERNAL_TOKEN: TOKEN, SEARCH_POLL_SECONDS: '0.05' } });
    store = await DirectoryObjectStore.open({ root: join(data, 'store') });
    snapshot = await new WritingSide(store, 'oak', 'sis', bucket.folder).snapshot({
      people: Array.from({ length: 5 }, (_, index) => person({ sourcedId: `s/${index} ä`, familyName: 'Ng', givenName: `G${index}` })),
    });
  });
  afterAll(async () => {
    await running.close();
    await store.close();
    await bucket.close();
  });

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(new URL(`/internal/districts/${path}`, running.urls.search), { headers: { authorization: `Bearer ${running.addresses.internalToken}`, ...headers } });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: (): unknown => JSON.parse(text) };
  };

  test('answers searches and details with the snapshot in body and header, and 304 to what the client has', async () => {
    const first = await get('oak/students?q=ng&limit=2');
    expect([first.status, first.headers.get('lastgood-snapshot'), first.headers.get('content-type')]).toEqual([200, `sis=${snapshot}`, 'application/json; charset=utf-8']);
    const { sources } = StudentsAnswer.parse(first.json());
    expect(sources[0]).toMatchObject({ count: { value: 5, capped: false }, items: [{ givenName: 'G0' }, { givenName: 'G1' }] });
    expect(await get('oak/students?q=ng&limit=2', { 'if-none-match': first.headers.get('etag') ?? '' })).toMatchObject({ status: 304, text: '' });
    const next = StudentsAnswer.parse((await get(`oak/students?q=ng&limit=2&cursor=${sources[0]?.nextCursor}`)).json());
    expect(next.sources[0]?.items.map(({ givenName }) => givenName)).toEqual(['G2', 'G3']);
    const detail = StudentAnswer.parse((await get(`oak/students/${encodeURIComponent('s/3 ä')}`)).json());
    expect(detail.sources[0]?.item).toMatchObject({ givenName: 'G3', record: { sourcedId: 's/3 ä' } });
  });

  test('answers what searches can be filtered by', async () => {
    const first = await get('oak/filters?source=sis');
    expect([first.status, FiltersAnswer.parse(first.json()).sources]).toEqual([200, [expect.objectContaining({ source: 'sis', schools: [], roles: ['student'] })]]);
    expect((await get('oak/filters?source=sis', { 'if-none-match': first.headers.get('etag') ?? '' })).status).toBe(304);
  });

  test('says how many people an answer holds, and leaves the upstream record out when asked to, under a tag of its own', async () => {
    const list = await get('oak/students?q=ng&limit=2');
    const path = `oak/students/${encodeURIComponent('s/3 ä')}`;
    const [whole, part] = [await get(path), await get(`${path}?record=false`)];
    expect([list, whole, part, await get('oak/students?q=nobody')].map(({ headers }) => headers.get('lastgood-count'))).toEqual(['2', '1', '1', '0']);
    expect((await get('oak/students?q=ng&limit=2', { 'if-none-match': list.headers.get('etag') ?? '' })).headers.get('lastgood-count')).toBe('0');
    expect(StudentAnswer.parse(part.json()).sources[0]?.item).toMatchObject({ givenName: 'G3', record: null });
    expect(part.headers.get('etag')).not.toBe(whole.headers.get('etag'));
    expect((await get('oak/snapshots/latest-good/files/students.csv')).headers.get('lastgood-count')).toBe('5');
  });

  test('says whether a source ever published, by the log as it is at that instant, also while what it published cannot be read', async () => {
    const published = async (district: string): Promise<boolean> => PublishedAnswer.parse((await get(`${district}/sources/sis/published`)).json()).published;
    expect([await published('oak'), await published('elm')]).toEqual([true, false]);
    const writer = new WritingSide(store, 'elm', 'sis', bucket.folder);
    await writer.failedRun();
    expect(await published('elm')).toBe(false);
    await writer.snapshot({ people: [person({ sourcedId: 's-1', familyName: 'Ng', givenName: 'Al' })], indexBytes: Buffer.from('no index') });
    expect(await published('elm')).toBe(true);
    expect((await get('elm/students?q=ng')).status).toBe(503);
    expect((await get('elm/sources/none/published')).status).toBe(404);
  });

  test('answers status, history, detail and files', async () => {
    expect(ReadStatus.parse((await get('oak/status')).json()).sources[0]?.current?.id).toBe(snapshot);
    expect(SnapshotsAnswer.parse((await get('oak/snapshots?limit=5')).json()).items).toHaveLength(1);
    for (const which of [snapshot, 'latest', 'latest-good']) expect(SnapshotDetail.parse((await get(`oak/snapshots/${which}`)).json()).snapshot_id).toBe(snapshot);
    const file = await get('oak/snapshots/latest-good/files/students.csv');
    expect([file.status, file.headers.get('content-type'), file.headers.get('content-disposition'), file.headers.get('content-length')]).toEqual([200, 'text/csv; charset=utf-8', 'attachment; filename="students.csv"', String(Buffer.byteLength(file.text))]);
    expect(file.text.split('\r\n')).toHaveLength(7);
    expect((await get('oak/snapshots/latest-good/files/students.csv', { 'if-none-match': file.headers.get('etag') ?? '' })).status).toBe(304);
  });

  test('answers history and detail with validators that change with the log, and 304 to what the client has', async () => {
    const writer = new WritingSide(store, 'oak', 'sis', bucket.folder);
    for (const path of ['oak/snapshots?limit=5', `oak/snapshots/${snapshot}`, 'oak/snapshots/latest-good?source=sis']) {
      const first = await get(path);
      const tag = first.headers.get('etag') ?? '';
      expect([path, first.status, first.headers.get('lastgood-snapshot'), tag]).toEqual([path, 200, `sis=${snapshot}`, expect.stringMatching(/^"[\w-]{22}"$/)]);
      expect(await get(path, { 'if-none-match': tag })).toMatchObject({ status: 304, text: '' });
      await writer.failedRun();
      const { head } = await writer.log.read();
      await until(async () => SnapshotDetail.parse((await get(`oak/snapshots/${snapshot}`)).json()).log_head === head);
      expect((await get(path, { 'if-none-match': tag })).status).toBe(200);
    }
    expect((await get(`oak/snapshots/1-${'0'.repeat(26)}`, { 'if-none-match': '*' })).status).toBe(404);
  });

  test('is ready at once, with words for each dependency', async () => {
    const answer = await fetch(new URL('/readyz', running.urls.search));
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ ready: true, dependencies: expect.arrayContaining([{ name: 'open indexes or object store', neededForReads: true, trouble: null }]) as unknown })]);
  });

  testInvalidRequests(() => ({
    routes: running.routes.search ?? [],
    ask: (method, path) => fetch(new URL(path, running.urls.search), { method, headers: { authorization: `Bearer ${running.addresses.internalToken}` } }),
  }), INVALID);

  test('refuses with problems that have a stable code', async () => {
    const cases = [
      ['oak/students?limit=0', 400, 'invalid_request'], ['oak/students?colour=red', 400, 'unknown_parameter'], ['oak/students?similar=perhaps', 400, 'invalid_request'], ['oak/filters?role=x', 400, 'unknown_parameter'], ['oak/students?cursor=abc', 400, 'invalid_cursor'],
      ['ash/students', 404, 'unknown_district'], ['oak/students?source=nope', 404, 'unknown_source'], ['oak/students/nobody', 404, 'not_found'], ['oak/teachers', 404, 'unknown_route'],
      ['oak/snapshots/1-00000000000000000000000000', 404, 'unknown_snapshot'], ['oak/snapshots/x', 400, 'invalid_request'], ['oak/snapshots/latest/files/none.csv', 404, 'unknown_file'],
      ['oak/snapshots/latest/files/..%2fx', 400, 'invalid_request'],
    ] as const;
    for (const [path, status, code] of cases) {
      const answer = await get(path);
      expect([path, answer.status, Problem.parse(answer.json()).code]).toEqual([path, status, code]);
    }
    expect((await get('oak/students', { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  test('marks detail and files of a snapshot that was never published, until it is approved', async () => {
    const side = new WritingSide(store, 'oak', 'sis', bucket.folder);
    const held = await side.snapshot({ people: [person({ sourcedId: 'held' })], verdict: 'quarantine' });
    const paths = [`oak/snapshots/${held}`, `oak/snapshots/${held}/files/students.csv`];
    const marks = async (): Promise<(string | null)[]> => (await Promise.all(paths.map((path) => get(path)))).map(({ headers }) => headers.get('lastgood-unpublished'));
    await until(async () => (await get(paths[0] ?? '')).status === 200);
    expect(await marks()).toEqual(['true', 'true']);
    expect((await get(`oak/snapshots/${snapshot}/files/students.csv`)).headers.get('lastgood-unpublished')).toBeNull();
    await side.log.approve({ snapshot: held, previewed: (await side.log.read()).head, actor: 'test' });
    await until(async () => (await marks()).every((mark) => mark === null));
  });
});
