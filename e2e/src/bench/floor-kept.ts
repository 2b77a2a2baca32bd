import { hash } from 'node:crypto';

/*
 * What the floor keeps of a million people (see floor.entry.ts): outside the heap, where the garbage collector need not walk it. No imports but of Node.
 */

/** Whole numbers below 2^32 in the order they came. */
export class Numbers {
  #numbers = new Uint32Array(1 << 10);
  length = 0;

  push(number: number): void {
    if (this.length === this.#numbers.length) {
      const numbers = new Uint32Array(this.length * 2);
      numbers.set(this.#numbers);
      this.#numbers = numbers;
    }
    this.#numbers[this.length++] = number;
  }

  at(n: number): number {
    return this.#numbers[n]!;
  }

  all(): Uint32Array<ArrayBuffer> {
    return this.#numbers.subarray(0, this.length);
  }
}

/** Texts in the order they came, numbered from 0, as UTF-8. */
export class Texts {
  #bytes = Buffer.allocUnsafeSlow(1 << 20);
  #ends = new Float64Array(1 << 10);
  #count = 0;

  add(text: string): void {
    const start = this.#startOf(this.#count);
    if (start + text.length * 3 > this.#bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, start + text.length * 3));
      this.#bytes.copy(bytes, 0, 0, start);
      this.#bytes = bytes;
    }
    if (this.#count === this.#ends.length) {
      const ends = new Float64Array(this.#count * 2);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    this.#ends[this.#count++] = start + this.#bytes.write(text, start);
  }

  at(n: number): string {
    return this.#bytes.toString('utf8', this.#startOf(n), this.#ends[n]);
  }

  #startOf(n: number): number {
    return n === 0 ? 0 : this.#ends[n - 1]!;
  }
}

const HASH_BYTES = 16;

/** Everything of a kind that is known by its number in order of sourcedId. */
export class Known {
  readonly ids: string[] = [];
  readonly numberOf = new Map<string, number>();
  readonly #keys = new Texts();
  #hashes = Buffer.allocUnsafeSlow(1 << 16);
  /** Numbers in display order, and the place in it of each number, from 1. */
  inOrder = new Uint32Array();
  rowOf = new Uint32Array();

  add(id: string, key: string, line: string): void {
    const n = this.ids.push(id) - 1;
    this.numberOf.set(id, n);
    this.#keys.add(key);
    if ((n + 1) * HASH_BYTES > this.#hashes.length) this.#hashes = Buffer.concat([this.#hashes], this.#hashes.length * 2);
    this.#hashes.write(hash('sha256', line, 'hex'), n * HASH_BYTES, HASH_BYTES, 'hex');
  }

  hashOf(n: number): Buffer {
    return this.#hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES);
  }

  order(): void {
    const keys = this.ids.map((_id, n) => this.#keys.at(n));
    this.inOrder = Uint32Array.from(keys.map((_key, n) => n).sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b)));
    this.rowOf = new Uint32Array(keys.length);
    this.inOrder.forEach((n, at) => (this.rowOf[n] = at + 1));
  }
}
