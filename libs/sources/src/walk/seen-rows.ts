/** 64 bits of two independent 32-bit hashes of a text, seeded; written to `out[0]` and `out[1]`. */
function hash64(text: string, seed: number, out: Uint32Array): void {
  let a = seed ^ 0x9e3779b9;
  let b = Math.imul(seed, 0x85ebca6b) ^ 0xc2b2ae35;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul((b << 5) ^ (b >>> 27) ^ unit, 0x27d4eb2f);
  }
  a = Math.imul(a ^ (a >>> 16), 0x7feb352d);
  b = Math.imul(b ^ (b >>> 15), 0x2c1b3c6d);
  out[0] = (a ^ (a >>> 15)) >>> 0;
  out[1] = (b ^ (b >>> 12)) >>> 0;
}

/**
 * The ids seen with a hash of each row's content, 16 bytes a row and at most twice that while it grows: 2.5 million rows need 64 MB. Ids are kept as 64-bit
 * hashes; should two ids share one (2 in 10 million walks of that size), their contents differ, the walk restarts, and another seed parts them.
 */
export class SeenRows {
  private table = new Uint32Array(4 * 1024);
  private readonly id = new Uint32Array(2);
  private readonly content = new Uint32Array(2);
  size = 0;

  constructor(private readonly seed: number) {}

  /** Whether the id is new, was seen with the same content, or with other content. A new one is kept. */
  add(id: string, line: string): 'new' | 'same' | 'differs' {
    hash64(id, this.seed, this.id);
    hash64(line, this.seed, this.content);
    // All-zero marks a free place.
    const high = this.id[0]! === 0 && this.id[1]! === 0 ? 1 : this.id[0]!;
    const place = this.placeOf(this.table, high, this.id[1]!);
    if (this.table[place] !== 0 || this.table[place + 1] !== 0) {
      return this.table[place + 2] === this.content[0] && this.table[place + 3] === this.content[1] ? 'same' : 'differs';
    }
    this.table.set([high, this.id[1]!, this.content[0]!, this.content[1]!], place);
    this.size += 1;
    if (this.size * 4 > (this.table.length / 4) * 3) this.grow();
    return 'new';
  }

  private placeOf(table: Uint32Array, high: number, low: number): number {
    const mask = table.length / 4 - 1;
    let slot = low & mask;
    while (true) {
      const place = slot * 4;
      if ((table[place] === 0 && table[place + 1] === 0) || (table[place] === high && table[place + 1] === low)) return place;
      slot = (slot + 1) & mask;
    }
  }

  private grow(): void {
    const bigger = new Uint32Array(this.table.length * 2);
    for (let place = 0; place < this.table.length; place += 4) {
      if (this.table[place] === 0 && this.table[place + 1] === 0) continue;
      bigger.set(this.table.subarray(place, place + 4), this.placeOf(bigger, this.table[place]!, this.table[place + 1]!));
    }
    this.table = bigger;
  }
}
