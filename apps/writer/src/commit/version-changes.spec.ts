import { Manifest, type RunFailure, StatusFile } from '@lastgood/contracts';
import fc from 'fast-check';
import { sampleDistrict } from '../testing/sample-district.js';
import { districtsWith, WriterKit } from '../testing/writer-kit.js';

const LAX = { minimumRows: 1_000_000, collectionLoss: 1, schoolLoss: 1, collectionGrowth: 1000 };
const FAILURE: RunFailure = { code: 'upstream_failing', severity: 'error', message: 'The upstream answers 500.', collection: 'users', offset: 0, httpStatus: 500, count: 1, retryable: true };

const version = fc.tuple(fc.nat(20), fc.nat(20)).map(([major, minor]) => `${major}.${minor}`);
/** One release of the writer, and how its refreshes end. */
const release = fc.record({ schema: version, calculation: version, refreshes: fc.array(fc.constantFrom('fine', 'fine', 'failing'), { minLength: 1, maxLength: 2 }) });

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
  let kit: WriterKit;
  const made: Made[] = [];
  const options = { districts: districtsWith({ schedule: 'off', gate: LAX }), environment: { WRITER_RETRY_MINUTES: '' } };

  beforeAll(async () => {
    kit = await WriterKit.open(options);
    await kit.pause();
  });
  afterAll(() => kit.close());

  const text = async (key: string): Promise<string> => (await kit.store.read(key)).toString('utf8');

  async function refresh(writer: WriterKit, fine: boolean): Promise<{ snapshot: string | null; id: string }> {
    const { orgs, users, classes } = sampleDistrict({ students: 2, schools: 1 });
    kit.fetcher.plan = { records: { orgs, users, classes }, ...(!fine && { failure: FAILURE }) };
    const { snapshot, id } = await writer.refresh();
    kit.clock.advance(1000);
    return { snapshot, id };
  }

  /** The log, the manifest and status.json of a snapshot all carry the versions it was made with, in the bytes it was made with. */
  async function judge(one: Made): Promise<void> {
    const entry = (await kit.logState()).snapshots.get(one.snapshot);
    expect(entry?.summary).toMatchObject({ schemaVersion: one.schema, calculationVersion: one.calculation });
    expect([await text(`${one.folder}status.json`), await text(`${one.folder}manifest.json`)]).toEqual([one.status, one.manifest]);
    expect(StatusFile.parse(JSON.parse(one.status))).toMatchObject({ schema_version: one.schema, calculation_version: one.calculation });
    expect(Manifest.parse(JSON.parse(one.manifest))).toMatchObject({ schemaVersion: one.schema, calculationVersion: one.calculation });
  }

  test('P29 after a change of schema or calculation new snapshots carry the new version, old ones the old', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(release, { minLength: 1, maxLength: 2 }), fc.nat(), async (releases, pick) => {
        for (const { schema, calculation, refreshes } of releases) {
          const writer = await kit.beside({ ...options, versions: { schema, calculation } });
          for (const end of refreshes) {
            const { snapshot, id } = await refresh(writer, end === 'fine');
            const state = await kit.logState();
            if (end === 'failing') {
              expect(snapshot).toBeNull();
              expect(state.runs.get(id)?.ended?.summary).toMatchObject({ schemaVersion: schema, calculationVersion: calculation });
              continue;
            }
            const folder = state.snapshots.get(snapshot ?? '')?.folder ?? '';
            made.push({ snapshot: snapshot ?? '', folder, schema, calculation, status: await text(`${folder}status.json`), manifest: await text(`${folder}manifest.json`) });
          }
          await writer.close();
        }
        for (const one of [...made.slice(-4), ...made.slice(pick % (made.length + 1)).slice(0, 2)]) await judge(one);
      }),
      { numRuns: 100, endOnFailure: true },
    );
    for (const one of made) await judge(one);
    expect(new Set(made.map(({ schema, calculation }) => `${schema} ${calculation}`)).size).toBeGreaterThan(20);
  }, 240_000);
});
