import type { DatabaseSync } from 'node:sqlite';
import { DATASET_BITS } from './format.js';
import type { IdTable } from './id-table.js';

const STUDENT = DATASET_BITS.students;
const PARENT = DATASET_BITS.parents;

/**
 * Guardian links from both directions, and references to absent people. A student's agents are its guardians unless they are
 * students themselves; a parent's agents that are students are its children.
 */
export class PersonLinks {
  /** Pairs as one number each: (student row x (people + 1) + guardian row) x 4 + who named it. */
  #pairs = new Float64Array(1024);
  #count = 0;
  readonly #unresolvedGuardians = new Map<number, number>();
  readonly #unresolvedChildren = new Map<number, number>();
  readonly #base: number;

  constructor(private readonly ids: IdTable, private readonly datasets: Uint8Array, private readonly rowOf: Uint32Array) {
    this.#base = ids.size + 1;
  }

  /** Takes the references of person number `n`. */
  add(n: number, agents: readonly string[]): void {
    const mine = this.datasets[n] as number;
    for (const agent of agents) {
      const other = this.ids.find(agent);
      if (other < 0) this.#countAbsent(n, mine);
      else if (other !== n) this.#link(n, mine, other, this.datasets[other] as number);
    }
  }

  /** Writes the tables `guardians` and `children` and returns how many links there are and how many references lead nowhere. */
  write(database: DatabaseSync): { links: number; unresolvedGuardians: number; unresolvedChildren: number } {
    const links = this.#writeSide(database, 'guardians', this.#unresolvedGuardians);
    this.#turn();
    this.#writeSide(database, 'children', this.#unresolvedChildren);
    return { links, unresolvedGuardians: sum(this.#unresolvedGuardians), unresolvedChildren: sum(this.#unresolvedChildren) };
  }

  #countAbsent(n: number, mine: number): void {
    const row = this.rowOf[n] as number;
    if (mine & STUDENT) this.#unresolvedGuardians.set(row, (this.#unresolvedGuardians.get(row) ?? 0) + 1);
    else if (mine & PARENT) this.#unresolvedChildren.set(row, (this.#unresolvedChildren.get(row) ?? 0) + 1);
  }

  #link(n: number, mine: number, other: number, theirs: number): void {
    if (mine & PARENT && theirs & STUDENT) this.#push(this.rowOf[other] as number, this.rowOf[n] as number, 2);
    else if (mine & STUDENT && !(theirs & STUDENT && !(theirs & PARENT))) this.#push(this.rowOf[n] as number, this.rowOf[other] as number, 1);
  }

  #push(student: number, guardian: number, named: number): void {
    if (this.#count === this.#pairs.length) {
      const pairs = new Float64Array(Math.ceil(this.#pairs.length * 1.25));
      pairs.set(this.#pairs);
      this.#pairs = pairs;
    }
    this.#pairs[this.#count++] = (student * this.#base + guardian) * 4 + named;
  }

  /** Exchanges the two sides of every pair. */
  #turn(): void {
    for (let index = 0; index < this.#count; index++) {
      const pair = this.#pairs[index] as number;
      const named = pair % 4;
      const both = (pair - named) / 4;
      const right = both % this.#base;
      this.#pairs[index] = (right * this.#base + (both - right) / this.#base) * 4 + named;
    }
  }

  #writeSide(database: DatabaseSync, kind: 'guardians' | 'children', unresolved: ReadonlyMap<number, number>): number {
    const insert = database.prepare(`INSERT INTO ${kind}(row, linked, named) VALUES(?, ?, ?)`);
    const absent = database.prepare(`INSERT INTO unresolved_${kind}(row, count) VALUES(?, ?)`);
    for (const row of [...unresolved.keys()].sort((a, b) => a - b)) absent.run(row, unresolved.get(row) as number);
    const pairs = this.#pairs.subarray(0, this.#count).sort();
    let links = 0;
    for (let index = 0; index < pairs.length; links++) {
      const both = Math.floor((pairs[index] as number) / 4);
      let named = 0;
      for (; index < pairs.length && Math.floor((pairs[index] as number) / 4) === both; index++) named |= (pairs[index] as number) % 4;
      const linked = both % this.#base;
      insert.run((both - linked) / this.#base, linked, named);
    }
    return links;
  }
}

function sum(counts: ReadonlyMap<number, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
