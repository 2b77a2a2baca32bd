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
  /** Pairs as one number each: (student number x (people + 1) + guardian number) x 4 + who named it; rows instead of numbers once written. */
  #pairs = new Float64Array(1024);
  #count = 0;
  readonly #unresolvedGuardians = new Map<number, number>();
  readonly #unresolvedChildren = new Map<number, number>();
  readonly #base: number;

  constructor(private readonly ids: IdTable, private readonly datasets: Uint8Array) {
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
  write(database: DatabaseSync, rowOf: Uint32Array): { links: number; unresolvedGuardians: number; unresolvedChildren: number } {
    this.#each((student, guardian) => [rowOf[student] as number, rowOf[guardian] as number]);
    const links = this.#writeSide(database, 'guardians', this.#unresolvedGuardians, rowOf);
    this.#each((student, guardian) => [guardian, student]);
    this.#writeSide(database, 'children', this.#unresolvedChildren, rowOf);
    return { links, unresolvedGuardians: sum(this.#unresolvedGuardians), unresolvedChildren: sum(this.#unresolvedChildren) };
  }

  #countAbsent(n: number, mine: number): void {
    if (mine & STUDENT) this.#unresolvedGuardians.set(n, (this.#unresolvedGuardians.get(n) ?? 0) + 1);
    else if (mine & PARENT) this.#unresolvedChildren.set(n, (this.#unresolvedChildren.get(n) ?? 0) + 1);
  }

  #link(n: number, mine: number, other: number, theirs: number): void {
    if (mine & PARENT && theirs & STUDENT) this.#push(other, n, 2);
    else if (mine & STUDENT && !(theirs & STUDENT && !(theirs & PARENT))) this.#push(n, other, 1);
  }

  #push(student: number, guardian: number, named: number): void {
    if (this.#count === this.#pairs.length) {
      const pairs = new Float64Array(Math.ceil(this.#pairs.length * 1.25));
      pairs.set(this.#pairs);
      this.#pairs = pairs;
    }
    this.#pairs[this.#count++] = (student * this.#base + guardian) * 4 + named;
  }

  /** Puts other sides in place of the two of every pair. */
  #each(change: (left: number, right: number) => [left: number, right: number]): void {
    for (let index = 0; index < this.#count; index++) {
      const pair = this.#pairs[index] as number;
      const named = pair % 4;
      const both = (pair - named) / 4;
      const right = both % this.#base;
      const [newLeft, newRight] = change((both - right) / this.#base, right);
      this.#pairs[index] = (newLeft * this.#base + newRight) * 4 + named;
    }
  }

  #writeSide(database: DatabaseSync, kind: 'guardians' | 'children', unresolved: ReadonlyMap<number, number>, rowOf: Uint32Array): number {
    const insert = database.prepare(`INSERT INTO ${kind}(row, linked, named) VALUES(?, ?, ?)`);
    const absent = database.prepare(`INSERT INTO unresolved_${kind}(row, count) VALUES(?, ?)`);
    for (const [n, count] of [...unresolved].sort(([a], [b]) => (rowOf[a] as number) - (rowOf[b] as number))) absent.run(rowOf[n] as number, count);
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
