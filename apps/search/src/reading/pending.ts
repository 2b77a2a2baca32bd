/**
 * Values by number, for what comes and goes by the thousand a second. Not a map: V8 makes its table anew again and again then and links each old table to the next one, so that once one has
 * grown old everything that stood in those after it stays in memory until the next full collection.
 */
export class Pending<T> {
  readonly #places: ({ id: number; value: T } | undefined)[];
  #last = 0;
  #size = 0;

  /** `most`: how many there are at once. */
  constructor(private readonly most: number) {
    this.#places = Array.from({ length: most });
  }

  get isFull(): boolean {
    return this.#size === this.most;
  }

  /** Those that were added and not taken, in no order. */
  get all(): T[] {
    return this.#places.filter((place) => place !== undefined).map(({ value }) => value);
  }

  /** Adds what is made of its number, which was never given before. Throws when it is full. */
  add(make: (id: number) => T): T {
    if (this.isFull) throw new Error(`${this.most} are pending already`);
    do this.#last += 1; while (this.#places[this.#last % this.most] !== undefined);
    const value = make(this.#last);
    this.#places[this.#last % this.most] = { id: this.#last, value };
    this.#size += 1;
    return value;
  }

  /** Removes and gives the value of a number; undefined when it was taken before. */
  take(id: number): T | undefined {
    const place = this.#places[id % this.most];
    if (place?.id !== id) return undefined;
    this.#places[id % this.most] = undefined;
    this.#size -= 1;
    return place.value;
  }

  /** Removes and gives all. */
  takeAll(): T[] {
    const { all } = this;
    this.#places.fill(undefined);
    this.#size = 0;
    return all;
  }
}
