/** Words of a name list that resemble another word: `near` by one edit or with the word inside them, `far` by two edits. The closest first. */
export interface Resembling {
  near: string[];
  far: string[];
}

const LINE_FEED = 10;
/** So many words of either kind are searched further. */
export const MOST_RESEMBLING = 64;
/** Shorter words are looked for exactly. */
export const SHORTEST_RESEMBLED = 3;
const TWO_EDITS_FROM = 6;
const LONGEST_WORD = 64;
/** Pairs of letters that differ may be of one kind. */
const PAIR_KINDS = 128;

/** The different words of a dataset's names, by length: 24 bytes of memory for each word besides its letters. */
export class NameList {
  /** Where the words begin, the shorter ones first, those of a length in their order. */
  readonly #starts: Uint32Array;
  /** Which letters a word has, as bits: most words are told apart by them alone. */
  readonly #letters: Uint32Array;
  /** Which words have a pair of neighbours, for each kind of pair one bit a word: 32 words are told apart at once. */
  readonly #pairs: readonly Uint32Array[];
  /** The number of the first word of at least so many letters. */
  readonly #ofLength: Uint32Array;

  /** `text`: every word between two line feeds, as the file has them. */
  constructor(private readonly text: string) {
    const ends: number[] = [];
    for (let at = text.indexOf('\n', 1); at >= 0; at = text.indexOf('\n', at + 1)) ends.push(at);
    const lengths = new Uint8Array(ends.length);
    this.#ofLength = new Uint32Array(LONGEST_WORD + 2);
    for (let at = 0, before = 0; at < ends.length; before = ends[at++] as number) {
      const length = Math.min((ends[at] as number) - before - 1, LONGEST_WORD);
      lengths[at] = length;
      this.#ofLength[length + 1]! += 1;
    }
    for (let length = 1; length < this.#ofLength.length; length++) this.#ofLength[length]! += this.#ofLength[length - 1] as number;
    const next = this.#ofLength.slice();
    this.#starts = new Uint32Array(ends.length);
    for (let at = 0; at < ends.length; at++) this.#starts[next[lengths[at] as number]!++] = (ends[at] as number) - (lengths[at] as number);
    this.#letters = new Uint32Array(ends.length);
    this.#pairs = Array.from({ length: PAIR_KINDS }, () => new Uint32Array(Math.ceil(ends.length / 32)));
    for (let at = 0; at < this.#starts.length; at++) this.#mark(at);
  }

  /** Words that resemble `word`, but do not begin with it: up to 64 of each kind. An edit is a letter too many, missing, wrong, or swapped with its neighbour; one for words of 3 to 5 letters, two for longer ones. */
  resembling(word: string): Resembling {
    const [near, far]: [number[], number[]] = [[], []];
    const edits = word.length < TWO_EDITS_FROM ? 1 : 2;
    const letters = lettersOf(word);
    const distance = new EditDistance(word);
    for (let length = word.length - edits; length <= word.length + edits; length++) {
      const end = this.#first(length + 1);
      for (let at = this.#first(length); at < end; at++) {
        const has = this.#letters[at] as number;
        // An edit brings or takes one letter, or both.
        if (hasMoreThan(edits, letters & ~has) || hasMoreThan(edits, has & ~letters)) continue;
        const needed = distance.to(this.text, this.#starts[at] as number, length, edits);
        if (needed <= edits) (needed <= 1 ? near : far).push(at);
      }
    }
    return { near: [...new Set([...this.#chosen(near, word), ...this.#chosen(this.#around(word), word)])].slice(0, MOST_RESEMBLING), far: this.#chosen(far, word) };
  }

  /** Notes letters and pairs of a word. */
  #mark(at: number): void {
    const { text } = this;
    let [letters, before] = [0, 0];
    for (let place = this.#starts[at] as number, letter = text.charCodeAt(place); letter !== LINE_FEED; letter = text.charCodeAt(++place)) {
      letters |= letterBit(letter);
      if (before !== 0) (this.#pairs[kindOfPair(before, letter)] as Uint32Array)[at >>> 5]! |= 1 << (at & 31);
      before = letter;
    }
    this.#letters[at] = letters;
  }

  /** Numbers of the longer words that have the word inside; of most parts only the first few are wanted. */
  *#around(word: string): Generator<number, void, undefined> {
    const [first, ...others] = [...pairsOf(word)].map((kind) => this.#pairs[kind] as Uint32Array) as [Uint32Array, ...Uint32Array[]];
    const from = this.#first(word.length + 1);
    for (let block = from >>> 5; block < first.length; block++) {
      let has = first[block] as number;
      for (let other = 0; other < others.length && has !== 0; other++) has &= (others[other] as Uint32Array)[block] as number;
      for (; has !== 0; has &= has - 1) {
        const at = block * 32 + 31 - Math.clz32(has & -has);
        if (at >= from && this.#isInside(word, at)) yield at;
      }
    }
  }

  #isInside(word: string, at: number): boolean {
    const { text } = this;
    const first = word.charCodeAt(0);
    for (let place = this.#starts[at] as number, letter = text.charCodeAt(place); letter !== LINE_FEED; letter = text.charCodeAt(++place)) {
      if (letter === first && text.startsWith(word, place)) return true;
    }
    return false;
  }

  /** The shortest, without those that begin with the word or with one that was chosen before: starts of words find them anyway. */
  #chosen(words: Iterable<number>, word: string): string[] {
    const chosen: string[] = [];
    for (const at of words) {
      if (chosen.length === MOST_RESEMBLING) break;
      const start = this.#starts[at] as number;
      const found = this.text.slice(start, this.text.indexOf('\n', start));
      if (!found.startsWith(word) && !chosen.some((before) => found.startsWith(before))) chosen.push(found);
    }
    return chosen;
  }

  #first(length: number): number {
    return this.#ofLength[Math.min(length, LONGEST_WORD + 1)] as number;
  }
}

/** How many edits lead from one word to others (optimal string alignment): as long as they are few, else one more than that. */
class EditDistance {
  #rows: [before: Uint8Array, last: Uint8Array, next: Uint8Array] = [new Uint8Array(LONGEST_WORD + 2), new Uint8Array(LONGEST_WORD + 2), new Uint8Array(LONGEST_WORD + 2)];

  constructor(private readonly word: string) {}

  to(text: string, start: number, length: number, most: number): number {
    const { word } = this;
    let [before, last, next] = this.#rows;
    for (let column = 0; column <= length; column++) last[column] = column;
    for (let row = 1; row <= word.length; row++) {
      const letter = word.charCodeAt(row - 1);
      // Farther from the diagonal there are more edits than count.
      const [from, to] = [Math.max(1, row - most), Math.min(length, row + most)];
      let least = (next[from - 1] = from === 1 ? row : most + 1);
      for (let column = from; column <= to; column++) {
        const other = text.charCodeAt(start + column - 1);
        let edits = Math.min((last[column] as number) + 1, (next[column - 1] as number) + 1, (last[column - 1] as number) + (letter === other ? 0 : 1));
        if (row > 1 && column > 1 && letter === text.charCodeAt(start + column - 2) && word.charCodeAt(row - 2) === other) edits = Math.min(edits, (before[column - 2] as number) + 1);
        next[column] = edits;
        if (edits < least) least = edits;
      }
      next[to + 1] = most + 1;
      if (least > most) return most + 1;
      [before, last, next] = [last, next, before];
    }
    this.#rows = [before, last, next];
    return last[length] as number;
  }
}

const letterBit = (letter: number): number => 1 << (letter & 31);

/** The letters of a word as bits that several letters share. */
function lettersOf(word: string): number {
  let letters = 0;
  for (let at = 0; at < word.length; at++) letters |= letterBit(word.charCodeAt(at));
  return letters >>> 0;
}

/** The kinds of the pairs of neighbours of a word of two letters or more. */
function pairsOf(word: string): Set<number> {
  const kinds = new Set<number>();
  for (let at = 1; at < word.length; at++) kinds.add(kindOfPair(word.charCodeAt(at - 1), word.charCodeAt(at)));
  return kinds;
}

const kindOfPair = (before: number, letter: number): number => (before * 27 + letter) & (PAIR_KINDS - 1);

/** Whether more bits are set than one, or than two. */
function hasMoreThan(bits: number, of: number): boolean {
  const others = of & (of - 1);
  return (bits === 1 ? others : others & (others - 1)) !== 0;
}
