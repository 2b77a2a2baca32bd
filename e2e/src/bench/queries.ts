import type { GeneratedDistrict } from '@lastgood/upstream-simulator';

/** One search as a client asks it. */
export interface BenchQuery {
  dataset: 'students' | 'parents';
  q: string;
  school?: string;
  grade?: string;
}

const MOST_TRIES = 100;

/** An even number from 0 up to 1, always the same from the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Person = { givenName: string; familyName: string; middleName?: string; phone?: string; email?: string; grades: readonly string[]; roles: readonly { role: string; orgId: string }[] };

/** Makes queries about people of a district: what somebody who looks for them would type. */
class QueryMaker {
  constructor(private readonly district: GeneratedDistrict, private readonly random: () => number) {}

  /** `kind` counts through the ways to ask; every second query of each has a filter. */
  make(kind: number, filtered: boolean): BenchQuery | null {
    const person = this.district.at('users', this.#below(this.district.count('users'))) as unknown as Person;
    const role = person.roles[0]?.role;
    const dataset = role === 'student' ? 'students' : role === 'parent' || role === 'guardian' || role === 'relative' ? 'parents' : null;
    const q = this.#text(kind, person);
    if (dataset === null || q === null) return null;
    if (!filtered) return { dataset, q };
    const [grade] = person.grades;
    const school = person.roles[0]?.orgId;
    if (grade !== undefined && this.random() < 0.5) return { dataset, q, grade };
    return school === undefined ? null : { dataset, q, school };
  }

  #text(kind: number, { givenName, familyName, middleName, phone, email }: Person): string | null {
    const letters = (name: string): string => name.slice(0, 1 + this.#below(8)).trim();
    switch (kind % 5) {
      case 0: return letters(this.random() < 0.5 ? givenName : familyName);
      case 1: return `${letters(givenName)} ${letters(familyName)}`;
      case 2: return middleName === undefined ? null : `${letters(givenName)} ${letters(middleName)} ${letters(familyName)}`;
      case 3: return phone ?? null;
      default: return email === undefined ? null : email.slice(0, 5 + this.#below(email.length - 4));
    }
  }

  #below(count: number): number {
    return Math.floor(this.random() * count);
  }
}

/** So many different queries about a district: 1 to 8 letters of a name, two and three words, phones, mail addresses, evenly; half with a filter by school or grade. */
export function benchQueries(district: GeneratedDistrict, count: number, seed: number): BenchQuery[] {
  const maker = new QueryMaker(district, seeded(seed));
  const queries = new Map<string, BenchQuery>();
  for (let tries = 0; queries.size < count && tries < count * MOST_TRIES; tries++) {
    const query = maker.make(queries.size, Math.floor(queries.size / 5) % 2 === 1);
    if (query) queries.set(pathOf(query), query);
  }
  if (queries.size < count) throw new Error(`a district of this size gives no ${count} different queries`);
  return [...queries.values()];
}

/** Path and query string below a district's address. */
export function pathOf({ dataset, q, school, grade }: BenchQuery): string {
  const filters = { q, ...(school !== undefined && { school }), ...(grade !== undefined && { grade }) };
  return `${dataset}?${new URLSearchParams(filters)}`;
}
