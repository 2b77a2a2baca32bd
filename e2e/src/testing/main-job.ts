import { DecisionAnswer, DistrictStatus, Problem, SnapshotDetail, SnapshotsAnswer, StudentAnswer, StudentsAnswer, ParentsAnswer, PreviewAnswer, ClassesAnswer, ClassAnswer } from '@lastgood/contracts';
import { startSimulator, type QuirkInput, type RunningSimulator } from '@lastgood/upstream-simulator';
import { Oracle } from './oracle.js';
import { DISTRICT, SOURCE, until, type LastgoodClient } from './lastgood-client.js';
import { ReaderBeside } from './reader-beside.js';

const ANSWERS = { students: StudentsAnswer, parents: ParentsAnswer, classes: ClassesAnswer };
type SearchedDataset = keyof typeof ANSWERS;

const STATUS = `/api/v1/snapshots/${DISTRICT}/status`;
const SNAPSHOTS = `/api/v1/districts/${DISTRICT}/snapshots`;

/** The main job, as a user sees it: one story, told in order, of whatever product `make` gives for an upstream. */
export function describeMainJob(title: string, make: (upstream: string) => LastgoodClient): void {
  describe(title, () => {
    let upstream: RunningSimulator;
    let product: LastgoodClient;
    let readers: ReaderBeside;

    beforeAll(async () => {
      upstream = await startSimulator({ people: 2_000, seed: 7, auth: { kind: 'bearer', token: 'upstream-token' } });
      product = make(upstream.url);
      await product.start();
      readers = new ReaderBeside(product);
    }, 300_000);
    afterAll(async () => {
      await readers?.stop();
      await product?.close();
      await upstream?.close();
    });

    const current = async (): Promise<string | null> => (await product.get(DistrictStatus, STATUS)).sources[0]?.current?.id ?? null;
    const file = async (dataset: string): Promise<string> => (await product.fetch(`${SNAPSHOTS}/latest-good/files/${dataset}.jsonl`)).text();
    const oracleOf = async (dataset: SearchedDataset): Promise<Oracle> => (dataset === 'classes' ? Oracle.ofClasses(await file('classes'), await file('courses')) : new Oracle(await file(dataset)));
    const idsOf = async (q: string, filters: Record<string, string> = {}, dataset: SearchedDataset = 'students'): Promise<string[]> => {
      const ids: string[] = [];
      let cursor: string | null | undefined;
      do {
        const query = new URLSearchParams({ q, similar: 'false', limit: '200', ...filters, ...(cursor ? { cursor } : {}) });
        const [answer] = (await product.get(ANSWERS[dataset], `/api/v1/districts/${DISTRICT}/${dataset}?${query}`)).sources;
        ids.push(...(answer?.items ?? []).map(({ sourcedId }) => sourcedId));
        cursor = answer?.nextCursor;
      } while (cursor);
      return ids;
    };

    test('before the first snapshot a search is an honest 503 and the status says that there is none', async () => {
      const answer = await product.fetch(`/api/v1/districts/${DISTRICT}/students?q=a`);
      expect([answer.status, Problem.parse(await answer.json())]).toEqual([503, expect.objectContaining({ code: 'no_snapshot_yet', retryable: true })]);
      expect(await current()).toBeNull();
    });

    test('a refresh is accepted, joined by a second asker, and published', async () => {
      const first = await product.request();
      const second = await product.request();
      expect(second.id).toBe(first.id);
      const run = await product.endOf(first.id);
      expect(run).toMatchObject({ phase: 'published', failure: null });
      expect(run.progress.collections.find(({ collection }) => collection === 'users')).toMatchObject({ state: 'fetched', records: 2_000, toldTotal: 2_000 });
      await until(async () => (await current()) === run.snapshot, 10_000, 'the snapshot to be current');
    });

    test('students are found by every prefix of their words, exactly those that the oracle finds', async () => {
      const oracle = await oracleOf('students');
      expect(oracle.size).toBeGreaterThan(900);
      const people = oracle.names().filter((_, index) => index % 97 === 0);
      for (const { givenName, familyName } of people) {
        for (const q of [familyName, familyName.slice(0, 1), `${givenName.slice(0, 3)} ${familyName.slice(0, 2)}`]) {
          const [found, expected] = [new Set(await idsOf(q)), oracle.find({ q })];
          expect({ q, missing: [...expected.difference(found)], additional: [...found.difference(expected)] }).toEqual({ q, missing: [], additional: [] });
        }
      }
    });

    test.each(['students', 'parents', 'classes'] as const)('%s are found by words, numbers, school and grade, exactly those that the oracle finds', async (dataset) => {
      const oracle = await oracleOf(dataset);
      const { words, numbers, schools, grades } = oracle.terms();
      expect(words.length).toBeGreaterThan(20);
      const some = words.filter((_, index) => index % Math.ceil(words.length / 20) === 0);
      // Classes have none.
      expect(numbers.length > 20).toBe(dataset !== 'classes');
      const digits = numbers.filter((_, index) => index % Math.ceil(numbers.length / 20) === 0).flatMap((number) => [{ q: number }, { q: number.slice(-7) }, { q: number.slice(0, 4) }]);
      const queries: { q: string; school?: string | undefined; grade?: string | undefined }[] = some.flatMap((word, index) => [
        { q: word }, { q: word.slice(0, 2), school: schools[index % schools.length] }, { q: word.slice(0, 1), grade: grades[index % Math.max(1, grades.length)] },
        { q: '', school: schools[index % schools.length], grade: grades[index % Math.max(1, grades.length)] },
      ]);
      for (const { q, ...filters } of [...queries, ...digits]) {
        const given = Object.fromEntries(Object.entries(filters).filter((entry): entry is [string, string] => entry[1] !== undefined));
        const [found, expected] = [new Set(await idsOf(q, given, dataset)), oracle.find({ q, ...given })];
        expect({ q, given, missing: [...expected.difference(found)], additional: [...found.difference(expected)] }).toEqual({ q, given, missing: [], additional: [] });
      }
    });

    test('a misspelt name is found and marked as similar, and the result as CSV has exactly the matches of the search', async () => {
      const [students] = (await product.get(StudentsAnswer, `/api/v1/districts/${DISTRICT}/students?limit=200`)).sources;
      const student = students?.items.find(({ givenName, familyName }) => /^[A-Za-z]{6,}$/.test(familyName ?? '') && /^[A-Za-z]{3,}$/.test(givenName ?? ''));
      const misspelt = (student?.familyName ?? '').replace(/^(..)(.)(.)/, '$1$3$2x');
      const [found] = (await product.get(StudentsAnswer, `/api/v1/districts/${DISTRICT}/students?q=${encodeURIComponent(`${misspelt} ${student?.givenName ?? ''}`)}&similar=true&limit=200`)).sources;
      expect(found?.items.find(({ sourcedId }) => sourcedId === student?.sourcedId)?.match).toBe('similar');
      const csv = await product.fetch(`/api/v1/districts/${DISTRICT}/students.csv?q=ma&role=student`);
      expect([csv.status, csv.headers.get('content-disposition')]).toEqual([200, 'attachment; filename="students.csv"']);
      const rows = (await csv.text()).split('\r\n').filter((row) => row.startsWith(`${SOURCE},`));
      expect(rows.map((row) => row.split(',')[2])).toEqual(await idsOf('ma', { role: 'student' }));
    });

    test('students come with guardians, parents with children, classes with rosters, and detail with the whole record but no password', async () => {
      const [students] = (await product.get(StudentsAnswer, `/api/v1/districts/${DISTRICT}/students?limit=200`)).sources;
      const student = students?.items.find(({ guardians }) => guardians.length > 0);
      const guardian = student?.guardians[0];
      expect(guardian).toBeDefined();
      const [parents] = (await product.get(ParentsAnswer, `/api/v1/districts/${DISTRICT}/parents?q=${encodeURIComponent(guardian?.familyName ?? '')}&limit=200`)).sources;
      expect(parents?.items.find(({ sourcedId }) => sourcedId === guardian?.sourcedId)?.children.map(({ sourcedId }) => sourcedId)).toContain(student?.sourcedId);
      const detail = await product.get(StudentAnswer, `/api/v1/districts/${DISTRICT}/students/${student?.sourcedId ?? ''}`);
      expect(detail.sources[0]?.item.record).toMatchObject({ sourcedId: student?.sourcedId });
      expect(JSON.stringify(detail)).not.toMatch(/password/i);
      expect(detail.sources[0]?.item.classes.length).toBeGreaterThan(0);
      const [classes] = (await product.get(ClassesAnswer, `/api/v1/districts/${DISTRICT}/classes?limit=5`)).sources;
      const roster = (await product.get(ClassAnswer, `/api/v1/districts/${DISTRICT}/classes/${classes?.items[0]?.sourcedId ?? ''}`)).sources[0]?.item.roster;
      expect(roster?.filter(({ role }) => role === 'student')).toHaveLength(classes?.items[0]?.students ?? -1);
    });

    test('the files are there as CSV and JSONL with a status.json, and what they say of each other agrees', async () => {
      const snapshot = await product.get(SnapshotDetail, `${SNAPSHOTS}/latest-good?source=${SOURCE}`);
      const names = snapshot.files.map(({ name }) => name);
      for (const name of ['students.csv', 'students.jsonl', 'parents.csv', 'parents.jsonl', 'classes.csv', 'classes.jsonl', 'status.json']) expect(names).toContain(name);
      const csv = await (await product.fetch(`${SNAPSHOTS}/${snapshot.snapshot_id}/files/students.csv`)).text();
      const jsonl = await (await product.fetch(`${SNAPSHOTS}/${snapshot.snapshot_id}/files/students.jsonl`)).text();
      expect(csv.split('\r\n').length > 2 ? csv.split('\r\n').length - 2 : csv.split('\n').length - 2).toBe(jsonl.split('\n').length - 1);
      expect(csv.split(/\r?\n/, 1)[0]).toContain('sourcedId');
    });

    test('the next night is published and replaces the answers as a whole', async () => {
      const before = await current();
      readers.start();
      await upstream.control.setNight(1);
      const run = await product.refresh();
      expect(run.phase).toBe('published');
      await until(async () => (await current()) === run.snapshot, 10_000, 'the new snapshot to be current');
      expect(run.snapshot).not.toBe(before);
    });

    const failures: [string, QuirkInput][] = [
      ['answers 503', { kind: 'status', status: 503, collection: 'users' }],
      ['sends HTML', { kind: 'htmlBody', collection: 'users' }],
      ['sends half a page', { kind: 'truncatedJson', collection: 'classes' }],
      ['hangs', { kind: 'hang', collection: 'users' }],
      ['says that there are no users any more', { kind: 'emptyCollection', collection: 'users' }],
      ['tells another total on every page', { kind: 'totals', mode: 'changing', collection: 'users' }],
      ['refuses the connection', { kind: 'refuse' }],
      ['redirects elsewhere', { kind: 'redirect', to: 'https://elsewhere.example/', collection: 'orgs' }],
    ];
    test.each(failures)('when the upstream %s the run fails with collection, page and cause, and the old snapshot keeps answering', async (_, quirk) => {
      const before = await current();
      await upstream.control.setQuirks(quirk);
      const run = await product.refresh();
      await upstream.control.setQuirks();
      expect(run).toMatchObject({ phase: 'failed', snapshot: null, failure: { collection: 'collection' in quirk ? quirk.collection : expect.any(String), offset: quirk.kind === 'totals' ? expect.any(Number) : 0 } });
      expect(await current()).toBe(before);
      const failed = await product.get(SnapshotsAnswer, `${SNAPSHOTS}?status=failed&limit=1`);
      expect(failed.items[0]).toMatchObject({ state: 'failed', error_count: expect.any(Number) });
      const { code, collection } = run.failure ?? {};
      const attempt = (await product.get(DistrictStatus, STATUS)).sources[0]?.runs?.attempt;
      expect(attempt).toMatchObject({ status: 'failed', fetched_by_session: run.id, files: {}, fetch_stats: { errors: [{ code, collection }] } });
      expect(attempt?.fetch_stats.total_api_calls).toBeGreaterThan(0);
    }, 300_000);

    test('the run after the failures works', async () => {
      expect((await product.refresh()).phase).toBe('published');
    }, 180_000);

    test('a shrunk district is held, can be approved with the head that was previewed, and not with an older one', async () => {
      const before = await current();
      await upstream.control.setQuirks({ kind: 'shrinkTo', percent: 60, collection: 'users' });
      const held = await product.refresh();
      expect(held.phase).toBe('quarantined');
      expect(await current()).toBe(before);
      const status = await product.get(DistrictStatus, STATUS);
      expect(status.sources[0]?.held).toEqual([held.snapshot]);
      const detail = await product.get(SnapshotDetail, `${SNAPSHOTS}/${held.snapshot ?? ''}`);
      expect(detail.findings.map(({ code }) => code).join(' ')).toMatch(/shrank/);
      const preview = await product.get(PreviewAnswer, `${SNAPSHOTS}/${held.snapshot ?? ''}/preview`);
      expect(preview).toMatchObject({ source: SOURCE, base: { id: before }, log_head: detail.log_head });
      const { removed, changed, unchanged, bySchool, samples } = preview.datasets.students;
      expect([removed + changed + unchanged, removed > 0, bySchool.length > 0, samples?.removed.length]).toEqual([status.sources[0]?.current?.counts['students'], true, true, Math.min(20, removed)]);
      await product.post(DecisionAnswer, `${SNAPSHOTS}/${held.snapshot ?? ''}/approve`, { previewed: preview.log_head, reason: 'two schools closed' });
      await until(async () => (await current()) === held.snapshot, 10_000, 'the approved snapshot to be current');
      const stale = await product.fetch(`${SNAPSHOTS}/${held.snapshot ?? ''}/approve`, { method: 'POST', body: JSON.stringify({ previewed: 1 }) });
      expect(stale.status).toBe(409);
    });

    test('a roll-back goes to the earlier snapshot in one step, later runs are held until one is approved', async () => {
      await upstream.control.setQuirks();
      const { items } = await product.get(SnapshotsAnswer, `${SNAPSHOTS}?status=complete&limit=10`);
      const earlier = items.find(({ state }) => state === 'published');
      await product.post(DecisionAnswer, `${SNAPSHOTS}/${earlier?.snapshot_id ?? ''}/rollback`, { reason: 'looked wrong' });
      await until(async () => (await current()) === earlier?.snapshot_id, 10_000, 'the earlier snapshot to be current');
      const run = await product.refresh();
      expect(run.phase).toBe('quarantined');
      const detail = await product.get(SnapshotDetail, `${SNAPSHOTS}/${run.snapshot ?? ''}`);
      await product.post(DecisionAnswer, `${SNAPSHOTS}/${run.snapshot ?? ''}/approve`, { previewed: detail.log_head });
      expect((await product.refresh()).phase).toBe('published');
    });

    test('a restart keeps everything', async () => {
      const before = await product.get(SnapshotsAnswer, `${SNAPSHOTS}?limit=200`);
      await readers.stop();
      expect(await product.stop()).toBe(0);
      await product.start();
      expect(await product.get(SnapshotsAnswer, `${SNAPSHOTS}?limit=200`)).toEqual(before);
      expect(await idsOf('')).toHaveLength((await oracleOf('students')).size);
    });

    test('beside all of this no read failed, none mixed two snapshots, and log numbers never fell', () => {
      const report = readers.report();
      console.log(`reads beside the scenario: ${JSON.stringify(report)}`);
      expect(report).toMatchObject({ failed: 0, wrong: 0, backwards: 0, unchecked: 0 });
      expect(report.reads).toBeGreaterThan(100);
    });
  });
}
