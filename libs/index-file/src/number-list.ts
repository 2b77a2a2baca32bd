/** A growing list of 32-bit numbers without boxing. */
export class NumberList {
  #values = new Uint32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const values = new Uint32Array(Math.ceil(this.#values.length * 1.25));
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[this.length++] = value;
  }

  at(index: number): number {
    return this.#values[index] as number;
  }

  /** The numbers so far, in memory of their own; the list is empty again. */
  taken(): Uint32Array<ArrayBuffer> {
    const taken = this.#values.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}

/** Indexes of `keys` grouped by key: those of key `k` stand from `starts[k]` to `starts[k + 1]`, in their order. Keys are below `size`. */
export function groupByKey(keys: NumberList, size: number): { starts: Uint32Array; indexes: Uint32Array } {
  const starts = new Uint32Array(size + 1);
  for (let index = 0; index < keys.length; index++) starts[keys.at(index) + 1]! += 1;
  for (let key = 0; key < size; key++) starts[key + 1]! += starts[key]!;
  const next = starts.slice(0, size);
  const indexes = new Uint32Array(keys.length);
  for (let index = 0; index < keys.length; index++) indexes[next[keys.at(index)]!++] = index;
  return { starts, indexes };
}
