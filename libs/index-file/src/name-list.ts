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

/** The different words of a dataset's names, by length. Compares letter by letter: 12 bytes of memory for each word besides its letters. */
export class NameList {
  /** Where the words begin, the shorter ones first, those of a length in their order. */
  readonly #starts: Uint32Array;
  /** Which letters a word has, as bits: most words are told apart by them alone. */
  readonly #letters: Uint32Array;
  /** Which pairs of neighbours a word has, as bits that several pairs share. */
  readonly #pairs: Uint32Array;
  /** The number of the first word of at least so many letters. */
  readonly #ofLength: Uint32Array;

  /** `text`: every word between two line feeds, as the file has them. */
  constructor(private readonly text: string) {
    const ends: number[] = [];
    for (let at = text.indexOf('\n', 1); at >= 0; at = text.indexOf('\n', at + 1)) ends.push(at);
    const lengths = ends.map((end, at) => Math.min(end - (at === 0 ? 0 : (ends[at - 1] as number)) - 1, LONGEST_WORD));
    this.#ofLength = new Uint32Array(LONGEST_WORD + 2);
    for (const length of lengths) this.#ofLength[length + 1]! += 1;
    for (let length = 1; length < this.#ofLength.length; length++) this.#ofLength[length]! += this.#ofLength[length - 1] as number;
    const next = this.#ofLength.slice();
    this.#starts = new Uint32Array(ends.length);
    for (const [at, length] of lengths.entries()) this.#starts[next[length]!++] = (ends[at] as number) - length;
    this.#letters = this.#starts.map((start) => lettersOf(text, start));
    this.#pairs = this.#starts.map((start) => pairsOf(text, start));
  }

  /** Words that resemble `word`, but do not begin with it: up to 64 of each kind. An edit is a letter too many, missing, wrong, or swapped with its neighbour; one for words of 3 to 5 letters, two for longer ones. */
  resembling(word: string): Resembling {
    const [near, far]: [number[], number[]] = [[], []];
    const edits = word.length < TWO_EDITS_FROM ? 1 : 2;
    const letters = lettersOf(word, 0);
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

  /** Numbers of the longer words that have the word inside. */
  #around(word: string): number[] {
    const found: number[] = [];
    const [letters, pairs] = [lettersOf(word, 0), pairsOf(word, 0)];
    for (let length = word.length + 1; length <= LONGEST_WORD; length++) {
      const end = this.#first(length + 1);
      for (let at = this.#first(length); at < end; at++) {
        if ((pairs & ~(this.#pairs[at] as number)) !== 0 || (letters & ~(this.#letters[at] as number)) !== 0) continue;
        if (this.#isInside(word, this.#starts[at] as number, length)) found.push(at);
      }
    }
    return found;
  }

  #isInside(word: string, start: number, length: number): boolean {
    for (let place = start; place <= start + length - word.length; place++) if (this.text.startsWith(word, place)) return true;
    return false;
  }

  /** The shortest, without those that begin with the word or with one that was chosen before: starts of words find them anyway. */
  #chosen(words: readonly number[], word: string): string[] {
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
  #rows: [before: Uint8Array, last: Uint8Array, next: Uint8Array] = [new Uint8Array(LONGEST_WORD + 1), new Uint8Array(LONGEST_WORD + 1), new Uint8Array(LONGEST_WORD + 1)];

  constructor(private readonly word: string) {}

  to(text: string, start: number, length: number, most: number): number {
    const { word } = this;
    let [before, last, next] = this.#rows;
    for (let column = 0; column <= length; column++) last[column] = column;
    for (let row = 1; row <= word.length; row++) {
      const letter = word.charCodeAt(row - 1);
      let least = (next[0] = row);
      for (let column = 1; column <= length; column++) {
        const other = text.charCodeAt(start + column - 1);
        let edits = Math.min((last[column] as number) + 1, (next[column - 1] as number) + 1, (last[column - 1] as number) + (letter === other ? 0 : 1));
        if (row > 1 && column > 1 && letter === text.charCodeAt(start + column - 2) && word.charCodeAt(row - 2) === other) edits = Math.min(edits, (before[column - 2] as number) + 1);
        next[column] = edits;
        if (edits < least) least = edits;
      }
      if (least > most) return most + 1;
      [before, last, next] = [last, next, before];
    }
    this.#rows = [before, last, next];
    return last[length] as number;
  }
}

/** The letters of a word as bits, up to a line feed or the end. */
function lettersOf(text: string, start: number): number {
  let letters = 0;
  for (let at = start; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (letter === LINE_FEED) break;
    letters |= 1 << (letter & 31);
  }
  return letters >>> 0;
}

/** The pairs of neighbours of a word as bits, up to a line feed or the end. */
function pairsOf(text: string, start: number): number {
  let pairs = 0;
  for (let at = start + 1; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (letter === LINE_FEED) break;
    pairs |= 1 << ((text.charCodeAt(at - 1) * 7 + letter) & 31);
  }
  return pairs >>> 0;
}

/** Whether more bits are set than one, or than two. */
function hasMoreThan(bits: number, of: number): boolean {
  const others = of & (of - 1);
  return (bits === 1 ? others : others & (others - 1)) !== 0;
}
