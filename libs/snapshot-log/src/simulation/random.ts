const ID_LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

/** A stream of choices that a seed fixes (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0;
  }

  /** From 0 inclusive to 1 exclusive. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to `below` - 1. */
  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the items, undefined when there is none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.int(items.length)];
  }

  /** A ULID-like id of 26 characters. */
  id(): string {
    return Array.from({ length: 26 }, () => ID_LETTERS[this.int(32)]).join('');
  }
}
