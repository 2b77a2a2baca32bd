import { ServiceError, type PreviewAnswer } from '@lastgood/contracts';
import { UnreadableIndexError, type IndexComparison } from '@lastgood/index-file';
import type { Clock } from '@lastgood/service-runtime';
import { isExpired, type LogState, type SnapshotEntry } from '@lastgood/snapshot-log';
import type { AtLeast } from '../at-least.js';
import type { IndexLease } from '../open-indexes.js';
import { snapshotDamaged } from '../read-errors.js';
import { referenceOf, type ServingSources } from '../serving-sources.js';
import type { SnapshotAnswers } from '../snapshot-answers.js';
import { compareInThread } from './compare-in-thread.js';

/** A longer comparison goes on; whoever asks again gets it. */
const PATIENCE_MS = 4_000;
const RETRY_AFTER_MS = 2_000;
const MOST_KEPT = 16;

interface Compared {
  district: string;
  source: string;
  base: SnapshotEntry | null;
  next: SnapshotEntry;
}

/** Says what would change if a snapshot became current. Snapshots never change, so that a comparison is made once: one at a time, in a thread of its own, the last ones kept. */
export class Previews {
  readonly #kept = new Map<string, Promise<IndexComparison>>();
  readonly #stop = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly snapshots: SnapshotAnswers, private readonly serving: ServingSources, private readonly clock: Clock) {}

  /** Compares with what is current at the newest log number known here. Throws `unknown_snapshot`, `snapshot_expired`, and `preview_not_ready` while it still compares. */
  async of(district: string, snapshot: string, { samples }: { samples: boolean }, atLeast: AtLeast): Promise<PreviewAnswer> {
    const { source, entry, state } = await this.snapshots.entry(district, snapshot, atLeast);
    const comparison = await this.#soon(this.#comparison({ district, source, base: state.current, next: entry }));
    const of = <D extends keyof IndexComparison>(dataset: D): PreviewAnswer['datasets'][D] => ({ ...comparison[dataset], samples: samples ? comparison[dataset].samples : null });
    return {
      district, source, snapshot, base: state.current && referenceOf(state.current), log_head: state.head,
      datasets: { students: of('students'), parents: of('parents'), teachers: of('teachers'), classes: of('classes'), enrollments: { ...comparison.enrollments, samples: null } },
    };
  }

  /** What was compared with a snapshot that has expired is forgotten: samples are personal data. */
  logChanged({ district, source, snapshots }: LogState): void {
    const isGone = (id: string): boolean => {
      const entry = snapshots.get(id);
      return entry === undefined || isExpired(entry);
    };
    for (const key of [...this.#kept.keys()]) {
      const [ofDistrict, ofSource, ...compared] = key.split('~');
      if (ofDistrict === district && ofSource === source && compared.some((id) => id !== '' && isGone(id))) this.#kept.delete(key);
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#last.catch(() => undefined);
  }

  async #soon(comparison: Promise<IndexComparison>): Promise<IndexComparison> {
    const enough = new AbortController();
    const late = this.clock.sleep(PATIENCE_MS, enough.signal).then(() => {
      throw new ServiceError('unavailable', 'preview_not_ready', 'The two snapshots are being compared; ask again in a moment.', { retryable: true, retryAfterMs: RETRY_AFTER_MS });
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([comparison, late]);
    } finally {
      enough.abort();
    }
  }

  #comparison(compared: Compared): Promise<IndexComparison> {
    const key = [compared.district, compared.source, compared.base?.snapshot, compared.next.snapshot].join('~');
    let comparison = this.#kept.get(key);
    if (comparison === undefined) {
      comparison = this.#last.catch(() => undefined).then(() => this.#compare(compared));
      this.#last = comparison;
      comparison.catch(() => this.#kept.delete(key));
    }
    this.#kept.delete(key);
    this.#kept.set(key, comparison);
    for (const oldest of this.#kept.keys()) if (this.#kept.size > MOST_KEPT) this.#kept.delete(oldest);
    return comparison;
  }

  async #compare(compared: Compared): Promise<IndexComparison> {
    this.#stop.signal.throwIfAborted();
    try {
      return await this.#compareCopies(compared);
    } catch (error) {
      if (!(error instanceof UnreadableIndexError)) throw error;
    }
    const { district, source, base, next } = compared;
    for (const entry of base === null ? [next] : [base, next]) await this.serving.renew({ district, source, entry });
    try {
      return await this.#compareCopies(compared);
    } catch (error) {
      throw error instanceof UnreadableIndexError ? snapshotDamaged(next.snapshot, 'The search index, or that of the current snapshot,', error) : error;
    }
  }

  async #compareCopies({ district, source, base, next }: Compared): Promise<IndexComparison> {
    const leases: IndexLease[] = [];
    const lease = async (entry: SnapshotEntry): Promise<string> => {
      const leased = await this.serving.lease({ district, source, entry });
      leases.push(leased);
      return leased.path;
    };
    try {
      return await compareInThread({ base: base && (await lease(base)), next: await lease(next) }, this.#stop.signal);
    } finally {
      for (const leased of leases) leased.release();
    }
  }
}
