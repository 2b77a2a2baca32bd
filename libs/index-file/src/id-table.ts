/** Ids in the order they came, numbered from 0, found again exactly; about 50 bytes of memory for each id of 36 letters. */
export class IdTable {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #ends = new Uint32Array(1 << 10);
  #slots = new Int32Array(1 << 11).fill(-1);
  #size = 0;
  readonly #scratch = Buffer.allocUnsafe(4096);

  get size(): number {
    return this.#size;
  }

  /** Numbers the next id; throws when it is not greater than the one before it, by UTF-8 bytes. An id is at most 255 characters. */
  add(id: string): number {
    const length = this.#read(id);
    const start = this.#size === 0 ? 0 : (this.#ends[this.#size - 1] as number);
    if (this.#size > 0) {
      const before = this.#bytes.subarray(this.#startOf(this.#size - 1), start);
      if (this.#scratch.compare(before, 0, before.length, 0, length) <= 0) throw new Error('records must come in ascending order of sourcedId, each once');
    }
    this.#reserve(start + length);
    this.#scratch.copy(this.#bytes, start, 0, length);
    this.#ends[this.#size] = start + length;
    this.#place(this.#size, this.#hash(this.#scratch, 0, length));
    return this.#size++;
  }

  /** The number of an id, or -1. */
  find(id: string): number {
    const length = this.#read(id);
    const mask = this.#slots.length - 1;
    for (let slot = this.#hash(this.#scratch, 0, length) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] as number;
      if (number < 0) return -1;
      const start = this.#startOf(number);
      const end = this.#ends[number] as number;
      if (end - start === length && this.#bytes.compare(this.#scratch, 0, length, start, end) === 0) return number;
    }
  }

  at(number: number): string {
    return this.#bytes.toString('utf8', this.#startOf(number), this.#ends[number]);
  }

  #startOf(number: number): number {
    return number === 0 ? 0 : (this.#ends[number - 1] as number);
  }

  #read(id: string): number {
    if (id.length > 1024) throw new Error('an id is longer than 1,024 characters');
    return this.#scratch.write(id, 'utf8');
  }

  #hash(bytes: Buffer, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x85ebca6b);
    return (hash ^ (hash >>> 13)) >>> 0;
  }

  #place(number: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number;
  }

  #reserve(bytes: number): void {
    if (bytes > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], Math.ceil(bytes * 1.25));
    if (this.#size >= this.#ends.length) {
      const ends = new Uint32Array(Math.ceil(this.#ends.length * 1.25));
      ends.set(this.#ends);
      this.#ends = ends;
    }
    if (this.#size * 1.6 < this.#slots.length) return;
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let number = 0; number < this.#size; number++) this.#place(number, this.#hash(this.#bytes, this.#startOf(number), this.#ends[number] as number));
  }
}
