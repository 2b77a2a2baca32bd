import { createHash } from 'node:crypto';
import { ObjectStoreError } from '@lastgood/object-store';
import fc from 'fast-check';
import { failRun } from './end-run.js';
import { attemptFolder } from './keys.js';
import { LogReader } from './log-reader.js';
import type { LogState } from './log-state.js';
import { rebuildCatalogue } from './rebuild-catalogue.js';
import { MemoryObjectStore } from './simulation/memory-object-store.js';
import { SampleLog } from './simulation/sample-bucket.js';

const PLACE = { district: 'north', source: 'oneroster' };
const BY = { actor: 'operator' };

/** There is no file that points at current; names a pointer might have, for a step that plants one. */
const POINTERS = ['current', 'snapshots/north/current.json', 'snapshots/north/oneroster/current', 'log/north/oneroster/current.json', 'log/north/oneroster/latest'];

const which = fc.nat(20);
const writer = fc.nat(2);
const step = fc.oneof(
  { arbitrary: fc.record({ do: fc.constantFrom('publish', 'quarantine', 'fail', 'cancel', 'die', 'take-over', 'race'), writer }), weight: 5 },
  { arbitrary: fc.record({ do: fc.constantFrom('approve', 'rollback', 'reject', 'expire'), writer, which, previewed: fc.constantFrom('head', 'older') }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant('poll'), faults: fc.nat(3) }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('plant'), key: fc.constantFrom(...POINTERS), bytes: fc.uint8Array({ maxLength: 20 }) }), weight: 1 },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Fails so many reads and lists before it answers again. */
class FlakyStore extends MemoryObjectStore {
  faults = 0;

  override async read(key: string): Promise<Buffer> {
    if (this.faults > 0) {
      this.faults -= 1;
      throw new ObjectStoreError('timeout', 'no answer', { retryable: true });
    }
    return super.read(key);
  }
}

interface Current {
  snapshot: string;
  folder: string;
  manifest: string;
}

/** What readers must get, folded from the raw bytes without the library: the newest publish, approve or rollback decides. */
function currentByRecords(store: MemoryObjectStore): { head: number; current: Current | null } {
  const records = [...store.objects].filter(([key]) => /^log\/north\/oneroster\/\d{20}\.json$/.test(key)).sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, bytes]) => JSON.parse(bytes.toString('utf8')) as { kind: string; number: number; snapshot: string; folder: string; manifest?: { sha256: string } });
  const deciding = records.findLast(({ kind }) => kind === 'publish' || kind === 'approve' || kind === 'rollback');
  return {
    head: records.at(-1)?.number ?? 0,
    current: deciding === undefined ? null : { snapshot: deciding.snapshot, folder: deciding.folder, manifest: deciding.manifest?.sha256 ?? '' },
  };
}

function currentBy({ head, current }: LogState): { head: number; current: Current | null } {
  return { head, current: current && { snapshot: current.snapshot, folder: current.folder, manifest: current.manifest.sha256 } };
}

/** Every kind of history: several writers, operators and a reader that follows, on one bucket. */
class History {
  readonly store = new FlakyStore();
  readonly follower = new LogReader(this.store, PLACE);
  readonly #writers: readonly SampleLog[];

  constructor(seed: number) {
    this.#writers = [0, 1, 2].map((index) => new SampleLog(this.store, PLACE, seed * 3 + index));
  }

  async take(one: Step): Promise<void> {
    switch (one.do) {
      case 'poll': return this.#poll(one.faults);
      case 'plant': return void await this.store.create(one.key, one.bytes);
      case 'approve': case 'rollback': case 'reject': case 'expire': return this.#decide(one);
      default: return this.#run(one.do, this.#writers[one.writer] as SampleLog, this.#writers[(one.writer + 1) % 3] as SampleLog);
    }
  }

  async #poll(faults: number): Promise<void> {
    this.store.faults = faults;
    const before = currentBy(this.follower.state);
    const outcome = await this.follower.poll().then(() => 'read', (error: unknown) => error);
    this.store.faults = 0;
    if (outcome === 'read') return expect(currentBy(this.follower.state)).toEqual(currentByRecords(this.store));
    expect(outcome).toBeInstanceOf(ObjectStoreError);
    return expect(this.follower.state.head).toBeGreaterThanOrEqual(before.head);
  }

  async #decide(one: { do: 'approve' | 'rollback' | 'reject' | 'expire'; writer: number; which: number; previewed: string }): Promise<void> {
    const { log } = this.#writers[one.writer] as SampleLog;
    const { snapshots, head } = await log.read();
    const names = [...snapshots.keys()];
    const snapshot = names[one.which % names.length];
    if (snapshot === undefined) return;
    if (one.do === 'approve') await log.approve({ snapshot, previewed: one.previewed === 'head' ? head : Math.max(1, head - 2), ...BY });
    else await log[one.do]({ snapshot, ...BY });
  }

  async #run(how: 'publish' | 'quarantine' | 'fail' | 'cancel' | 'die' | 'take-over' | 'race', one: SampleLog, other: SampleLog): Promise<void> {
    if (how === 'publish' || how === 'quarantine') return void await one.refresh(how);
    if (how === 'race') return void await Promise.all([one.refresh(), other.refresh('quarantine')]);
    const run = one.random.id();
    const epoch = await one.begin(run);
    if (how === 'fail' || how === 'cancel') return void await failRun(one.log, { run, epoch, outcome: how === 'fail' ? 'failed' : 'cancelled', ...BY });
    const { manifest } = await one.attempt(run, epoch);
    if (how === 'die') return;
    const newer = await other.begin(run);
    const second = await other.attempt(run, newer);
    await Promise.all([one.log.publish({ run, epoch, manifest, ...BY }), other.log.publish({ run, epoch: newer, manifest: second.manifest, ...BY })]);
  }
}

test('P20 the pointer of current is right or repaired, whatever happened to it: every reader, new or old, and the rebuilt catalogue say what the records say', async () => {
  let decided = 0;
  const heads: number[] = [];
  await fc.assert(
    fc.asyncProperty(fc.nat(1_000_000), fc.array(step, { minLength: 1, maxLength: 25 }), async (seed, steps) => {
      const history = new History(seed);
      for (const one of steps) await history.take(one);
      const truth = currentByRecords(history.store);
      expect(currentBy(await history.follower.poll())).toEqual(truth);
      expect(currentBy(await new LogReader(history.store, PLACE).poll())).toEqual(truth);
      for await (const { place, state, damages } of rebuildCatalogue(history.store)) {
        expect(place).toEqual(PLACE);
        expect(damages.filter(({ severity, key }) => severity === 'damage' && !POINTERS.includes(key))).toEqual([]);
        expect(currentBy(state)).toEqual(truth);
      }
      heads.push(truth.head);
      if (truth.current === null) return;
      decided += 1;
      const [epoch, run] = truth.current.snapshot.split('-');
      expect(truth.current.folder).toBe(attemptFolder({ ...PLACE, date: '2026-01-05', run: run ?? '', epoch: Number(epoch) }));
      const manifest = history.store.objects.get(`${truth.current.folder}manifest.json`) ?? Buffer.alloc(0);
      expect(createHash('sha256').update(manifest).digest('hex')).toBe(truth.current.manifest);
    }),
    { numRuns: 200 },
  );
  expect(decided).toBeGreaterThanOrEqual(50);
  expect(Math.max(...heads)).toBeGreaterThanOrEqual(10);
}, 300_000);
