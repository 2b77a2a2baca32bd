const FIRST_BYTES = 64 * 1024;
/** UTF-8 takes no more for one unit of UTF-16. */
const MOST_BYTES_A_LETTER = 3;
/** What one large answer needed is not kept for all others. */
const MOST_KEPT_BYTES = 1024 * 1024;

/** Texts written as UTF-8, one behind the other. */
export class TextBytes {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  /** Where the text stands. */
  add(text: string): [from: number, to: number] {
    const from = this.#length;
    const needed = from + text.length * MOST_BYTES_A_LETTER;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, from);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(text, from, 'utf8');
    return [from, this.#length];
  }

  /** The bytes so far, in memory of their own; none are left. */
  taken(): ArrayBuffer {
    const taken = this.#bytes.buffer.slice(0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > MOST_KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    return taken;
  }
}
