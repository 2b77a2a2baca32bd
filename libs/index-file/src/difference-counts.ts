import type { RecordFacts } from './compared-file.js';

export type Difference = 'added' | 'removed' | 'changed';
type Changes = Record<Difference, number>;

export interface Sample {
  sourcedId: string;
  name: string;
}

/** How one dataset differs: counts, and the first records of each kind. */
export interface Differences extends Changes {
  unchanged: number;
  bySchool: ({ school: { sourcedId: string; name: string | null } } & Changes)[];
  byRole: ({ role: string } & Changes)[];
  samples: { added: Sample[]; removed: Sample[]; changed: (Sample & { fields: string[] })[] };
}

const MOST_SAMPLES = 20;
const MOST_SCHOOLS = 1000;
const MOST_ROLES = 100;
const MOST_NAME_LETTERS = 2100;

/** Counts the differences of one dataset. */
export class DifferenceCounts {
  unchanged = 0;
  readonly #all: Changes = { added: 0, removed: 0, changed: 0 };
  readonly #schools = new Map<string, { school: RecordFacts['schools'][number] } & Changes>();
  readonly #roles = new Map<string, { role: string } & Changes>();
  readonly #samples: Differences['samples'] = { added: [], removed: [], changed: [] };

  /** `fields` is asked only for a sample that changed. */
  add(difference: Difference, sourcedId: string, facts: RecordFacts, fields: () => string[]): void {
    this.#all[difference] += 1;
    for (const school of facts.schools) countIn(this.#schools, school.sourcedId, difference, () => ({ school, ...none() }));
    for (const role of facts.roles) countIn(this.#roles, role, difference, () => ({ role, ...none() }));
    if (this.#samples[difference].length === MOST_SAMPLES) return;
    const sample = { sourcedId, name: facts.name.slice(0, MOST_NAME_LETTERS) };
    if (difference === 'changed') this.#samples.changed.push({ ...sample, fields: fields() });
    else this.#samples[difference].push(sample);
  }

  result(): Differences {
    return { ...this.#all, unchanged: this.unchanged, bySchool: mostFirst(this.#schools, MOST_SCHOOLS), byRole: mostFirst(this.#roles, MOST_ROLES), samples: this.#samples };
  }
}

const none = (): Changes => ({ added: 0, removed: 0, changed: 0 });

function countIn<T extends Changes>(map: Map<string, T>, key: string, difference: Difference, fresh: () => T): void {
  let counts = map.get(key);
  if (counts === undefined) map.set(key, (counts = fresh()));
  (counts as Changes)[difference] += 1;
}

function mostFirst<T extends Changes>(map: ReadonlyMap<string, T>, most: number): T[] {
  const total = ({ added, removed, changed }: Changes): number => added + removed + changed;
  return [...map].sort(([a, one], [b, other]) => total(other) - total(one) || (a < b ? -1 : 1)).slice(0, most).map(([, counts]) => counts);
}
