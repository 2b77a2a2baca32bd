import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Manifest, StatusFile } from '@lastgood/contracts';
import { DirectoryObjectStore } from '@lastgood/object-store';
import { CrashPoints } from '@lastgood/service-runtime';
import { rebuildCatalogue, SnapshotLog } from '@lastgood/snapshot-log';
import fc from 'fast-check';
import type { Built } from '../build/build-session.js';
import type { BuiltFile } from '../build/build-types.js';
import { districtsWith, TestClock } from '../testing/writer-kit.js';
import { storeAttempt, type Attempt, type CommitContext } from './commit-attempt.js';
import { sha256OfBytes } from './sha256-of-bytes.js';

const PLACE = { district: 'north', source: 'sis' };
const DATE = '2026-09-01';
const version = fc.tuple(fc.nat(20), fc.nat(20)).map(([major, minor]) => `${major}.${minor}`);
/** One release of the writer, and how its first refresh ends; `dies` before the record. */
const release = fc.record({ schema: version, calculation: version, end: fc.constantFrom('publish', 'publish', 'quarantine', 'dies') });

/** A snapshot as it was when it was made. */
interface Made {
  snapshot: string;
  folder: string;
  schema: string;
  calculation: string;
  status: string;
  manifest: string;
}

describe('releases of the writer that follow each other', () => {
  const clock = new TestClock();
  const source = districtsWith().source('north', 'sis');
  const made: Made[] = [];
  let root: string;
  let store: DirectoryObjectStore;
  let log: SnapshotLog;
  let built: Built;
  let ids = 0;
  const newId = (): string => String(ids += 1).padStart(26, '0');

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'lastgood-versions-'));
    store = await DirectoryObjectStore.open({ root: join(root, 'bucket') });
    log = new SnapshotLog(store, PLACE, { clock, newId });
    const none = { links: 0, unresolved: 0, wrongKind: 0 };
    const counts = { students: 1, parents: 0, people: 1, classes: 0, links: 0, unresolvedGuardians: 0, unresolvedChildren: 0, unresolvedEnrollments: 0 };
    built = {
      files: [await onDisk('students.csv', 'sourcedId\r\n1\r\n', 1)], index: { file: await onDisk('index.sqlite', 'an index', null), counts },
      profile: { version: 1, collections: { users: 1 }, datasets: { students: 1 }, schools: {}, filled: {} }, findings: [], pageLists: [], ingested: { rows: { users: 1 }, duplicates: 0, links: none },
    };
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  async function onDisk(name: string, text: string, rows: number | null): Promise<BuiltFile> {
    const path = join(root, name);
    const bytes = Buffer.from(text);
    await writeFile(path, bytes);
    const [size, sha256] = [bytes.length, sha256OfBytes(bytes)];
    return { path, file: { name, key: name, encoding: 'identity', rows, size, sha256, storedSize: size, storedSha256: sha256 } };
  }

  const text = async (key: string): Promise<string> => (await store.read(key)).toString('utf8');

  /** Commits one build as the writer of this release does; the snapshot's id, null when the writer died before the record. */
  async function commit(versions: CommitContext['versions'], end: 'publish' | 'quarantine' | 'dies'): Promise<string | null> {
    const run = newId();
    const begun = await log.begin({ run, date: DATE, actor: 'schedule' });
    if (begun.outcome !== 'appended') throw new Error(`begin was ${begun.outcome}`);
    const { epoch, snapshot, at } = begun.record;
    const row: Attempt['row'] = {
      id: run, ...PLACE, date: DATE, phase: 'publishing', active: 1, epoch, epoch_at: at, epochs: 1, actor: 'schedule', via: 'schedule', retry: 0, requested_at: at, finished_at: null, alive_at: at,
      builder: null, collections: '[]', collection: null, expected: null, page_lists: null, stats: null, stop: null, snapshot: null, log_number: null, failure: null, warnings: 0,
    };
    const verdict = { verdict: end === 'quarantine' ? 'quarantine' as const : 'publish' as const, completeness: 'complete' as const, findings: [] };
    const append = await storeAttempt({ store, clock, crash: new CrashPoints(), versions }, log, { row, source, built, verdict }, new AbortController().signal);
    if (end === 'dies') return null;
    expect((await append()).outcome).toBe(end === 'publish' ? 'published' : 'held');
    return snapshot;
  }

  /** The log, the manifest and status.json of a snapshot all carry the versions it was made with, in the bytes it was made with. */
  async function judge(one: Made): Promise<void> {
    const entry = (await log.read()).snapshots.get(one.snapshot);
    expect(entry?.summary).toMatchObject({ schemaVersion: one.schema, calculationVersion: one.calculation });
    expect([await text(`${one.folder}status.json`), await text(`${one.folder}manifest.json`)]).toEqual([one.status, one.manifest]);
    expect(StatusFile.parse(JSON.parse(one.status))).toMatchObject({ schema_version: one.schema, calculation_version: one.calculation });
    expect(Manifest.parse(JSON.parse(one.manifest))).toMatchObject({ schemaVersion: one.schema, calculationVersion: one.calculation });
  }

  test('P29 after a change of schema or calculation new snapshots carry the new version, old ones the old', async () => {
    await fc.assert(
      fc.asyncProperty(release, fc.nat(), async ({ end, schema, calculation }, pick) => {
        const snapshot = await commit({ schema, calculation }, end);
        clock.advance(1000);
        if (snapshot !== null) {
          const folder = (await log.read()).snapshots.get(snapshot)?.folder ?? '';
          made.push({ snapshot, folder, schema, calculation, status: await text(`${folder}status.json`), manifest: await text(`${folder}manifest.json`) });
        }
        for (const one of [...made.slice(-2), ...made.slice(pick % (made.length + 1)).slice(0, 2)]) await judge(one);
      }),
      { numRuns: 120, endOnFailure: true },
    );
    for (const one of made) await judge(one);
    for await (const { snapshots } of rebuildCatalogue(store)) {
      expect(snapshots.map(({ manifest }) => [manifest?.schemaVersion, manifest?.calculationVersion])).toEqual(made.map(({ schema, calculation }) => [schema, calculation]));
    }
    expect(new Set(made.map(({ schema, calculation }) => `${schema} ${calculation}`)).size).toBeGreaterThan(20);
  }, 300_000);
});
