const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** Counts the rows of a file while its bytes pass by: CSV records without the header (RFC 4180), or lines of JSON Lines. */
export interface RowCounter {
  add(chunk: Uint8Array): void;
  rows(): number;
}

/** The counter for a logical file name, or null where rows mean nothing. */
export function rowCounterFor(name: string): RowCounter | null {
  if (name.endsWith('.csv')) return new LineCounter(true, 1);
  if (name.endsWith('.jsonl')) return new LineCounter(false, 0);
  return null;
}

/** Line ends inside quotes do not count; a last line needs no line end; a quote written twice closes and opens again. */
class LineCounter implements RowCounter {
  #lines = 0;
  #quoted = false;
  #pending = false;

  constructor(private readonly quotes: boolean, private readonly headers: number) {}

  add(chunk: Uint8Array): void {
    if (!this.quotes) return this.#addLines(chunk);
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === QUOTE) this.#quoted = !this.#quoted;
      if (byte === LF && !this.#quoted) {
        this.#lines += 1;
        this.#pending = false;
      } else if (byte !== CR || this.#quoted) {
        this.#pending = true;
      }
    }
  }

  rows(): number {
    return Math.max(0, this.#lines + (this.#pending ? 1 : 0) - this.headers);
  }

  #addLines(chunk: Uint8Array): void {
    let at = -1;
    while ((at = chunk.indexOf(LF, at + 1)) !== -1) this.#lines += 1;
    if (chunk.length > 0) this.#pending = chunk[chunk.length - 1] !== LF;
  }
}
