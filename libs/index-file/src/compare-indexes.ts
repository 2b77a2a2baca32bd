import { RosterDifferences } from './compare-rosters.js';
import { ComparedFile, type ComparedRecord, type RecordFacts, type RecordKind } from './compared-file.js';
import { DifferenceCounts, type Difference, type Differences } from './difference-counts.js';
import { DATASET_BITS } from './format.js';

export const COMPARED_DATASETS = ['students', 'parents', 'teachers', 'classes', 'enrollments'] as const;
/** How two files differ, by dataset. */
export type IndexComparison = Record<(typeof COMPARED_DATASETS)[number], Differences>;

interface Pair {
  before: ComparedRecord | null;
  after: ComparedRecord | null;
}

const MOST_FIELDS = 32;
const MOST_FIELD_LETTERS = 64;

/**
 * Compares an index file with the one before it, null when there is none: walks both in order of sourcedId by the hashes of the upstream records, and reads only what differs; places in classes
 * by their rosters. Memory hardly grows with the files. Synchronous and long, for a worker thread.
 */
export function compareIndexes({ base, next }: { base: string | null; next: string }): IndexComparison {
  const after = new ComparedFile(next);
  try {
    const before = base === null ? null : new ComparedFile(base);
    try {
      return compared(before, after);
    } finally {
      before?.close();
    }
  } finally {
    after.close();
  }
}

function compared(before: ComparedFile | null, after: ComparedFile): IndexComparison {
  const counts = { students: new DifferenceCounts(), parents: new DifferenceCounts(), teachers: new DifferenceCounts(), classes: new DifferenceCounts() };
  const people = [['students', DATASET_BITS.students], ['parents', DATASET_BITS.parents], ['teachers', DATASET_BITS.teachers]] as const;
  const rosters = new RosterDifferences(before, after);
  for (const pair of pairsOf(before, after, 'people')) {
    if (pair.before !== null && pair.after !== null) rosters.moved(pair.before.row, pair.after.row);
    const known = new Differing('people', pair, before, after);
    for (const [dataset, bit] of people) known.count(counts[dataset], ((pair.before?.datasets ?? 0) & bit) !== 0, ((pair.after?.datasets ?? 0) & bit) !== 0);
  }
  for (const pair of pairsOf(before, after, 'classes')) {
    new Differing('classes', pair, before, after).count(counts.classes, pair.before !== null, pair.after !== null);
    rosters.count(pair.before, pair.after);
  }
  return { students: counts.students.result(), parents: counts.parents.result(), teachers: counts.teachers.result(), classes: counts.classes.result(), enrollments: rosters.result() };
}

/** A record of either file or of both; what it is counted by is read once, and only when it differs. */
class Differing {
  #facts: RecordFacts | null = null;

  constructor(private readonly kind: RecordKind, private readonly pair: Pair, private readonly before: ComparedFile | null, private readonly after: ComparedFile) {}

  /** Counts it for a dataset that has it before, after, both or not at all. */
  count(counts: DifferenceCounts, wasThere: boolean, isThere: boolean): void {
    if (!wasThere && !isThere) return;
    if (wasThere && isThere) {
      if (this.#isSame()) counts.unchanged += 1;
      else this.#add(counts, 'changed');
    } else this.#add(counts, isThere ? 'added' : 'removed');
  }

  #add(counts: DifferenceCounts, difference: Difference): void {
    const record = this.pair.after ?? this.pair.before;
    if (record === null) return;
    this.#facts ??= (this.pair.after === null ? this.before ?? this.after : this.after).facts(this.kind, record);
    counts.add(difference, record.id, this.#facts, () => this.#fields());
  }

  #isSame(): boolean {
    const { before, after } = this.pair;
    return before !== null && after !== null && Buffer.compare(before.hash, after.hash) === 0;
  }

  /** Names of the properties that differ, in order. */
  #fields(): string[] {
    if (this.pair.before === null || this.pair.after === null || this.before === null) return [];
    const [was, is] = [this.before.upstream(this.kind, this.pair.before), this.after.upstream(this.kind, this.pair.after)];
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
    return names.filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name])).slice(0, MOST_FIELDS).map((name) => name.slice(0, MOST_FIELD_LETTERS));
  }
}

function* pairsOf(before: ComparedFile | null, after: ComparedFile, kind: RecordKind): Generator<Pair, void, undefined> {
  const [olds, news] = [before?.records(kind) ?? null, after.records(kind)];
  let [old, one] = [olds === null ? null : nextOf(olds), nextOf(news)];
  while (old !== null || one !== null) {
    const order = old === null ? 1 : one === null ? -1 : compareIds(old.id, one.id);
    yield { before: order <= 0 ? old : null, after: order >= 0 ? one : null };
    if (order <= 0 && olds !== null) old = nextOf(olds);
    if (order >= 0) one = nextOf(news);
  }
}

function nextOf(records: Iterator<ComparedRecord, unknown>): ComparedRecord | null {
  const { done, value } = records.next();
  return done === true ? null : (value as ComparedRecord);
}

const surrogates = /[\ud800-\udfff]/;

/** The order of UTF-8 bytes, which is that of UTF-16 where there are no surrogates. */
function compareIds(one: string, other: string): number {
  if (one === other) return 0;
  if (surrogates.test(one) || surrogates.test(other)) return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return one < other ? -1 : 1;
}
