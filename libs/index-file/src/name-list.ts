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

/** The different words of a dataset's names. Compares letter by letter: 12 bytes of memory for each word besides its letters. */
export class NameList {
  readonly #starts: Uint32Array;
  /** Which letters a word has, as bits: most words are told apart by them alone. */
  readonly #letters: Uint32Array;

  /** `text`: every word between two line feeds, as the file has them. */
  constructor(private readonly text: string) {
    const starts: number[] = [];
    for (let at = text.indexOf('\n'); at >= 0 && at + 1 < text.length; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = Uint32Array.from(starts);
    this.#letters = this.#starts.map((start) => lettersOf(text, start));
  }

  /** Words that resemble `word`, but do not begin with it: up to 64 of each kind. An edit is a letter too many, missing, wrong, or swapped with its neighbour; one for words of 3 to 5 letters, two for longer ones. */
  resembling(word: string): Resembling {
    const near: number[] = [];
    const far: number[] = [];
    const edits = word.length < TWO_EDITS_FROM ? 1 : 2;
    const letters = lettersOf(word, 0);
    const distance = new EditDistance(word);
    for (let at = 0; at < this.#starts.length; at++) {
      if (bitsOf((this.#letters[at] as number) ^ letters) > 2 * edits) continue;
      const length = this.#lengthOf(at);
      if (Math.abs(length - word.length) > edits) continue;
      const needed = distance.to(this.text, this.#starts[at] as number, length, edits);
      if (needed <= edits) (needed <= 1 ? near : far).push(at);
    }
    return { near: [...new Set([...this.#chosen(near, word), ...this.#chosen(this.#around(word), word)])].slice(0, MOST_RESEMBLING), far: this.#chosen(far, word) };
  }

  /** Numbers of the words that have the word inside. */
  #around(word: string): number[] {
    const found: number[] = [];
    let last = -1;
    for (let place = this.text.indexOf(word); place >= 0; place = this.text.indexOf(word, place + 1)) {
      const at = this.#wordAt(place);
      if (at !== last) found.push(at);
      last = at;
    }
    return found;
  }

  /** The closest by length, without those that begin with the word or with one that was chosen before: starts of words find them anyway. */
  #chosen(words: number[], word: string): string[] {
    const chosen: string[] = [];
    const byLength = words.sort((a, b) => this.#lengthOf(a) - this.#lengthOf(b) || a - b);
    for (const at of byLength) {
      if (chosen.length === MOST_RESEMBLING) break;
      const start = this.#starts[at] as number;
      const found = this.text.slice(start, start + this.#lengthOf(at));
      if (!found.startsWith(word) && !chosen.some((before) => found.startsWith(before))) chosen.push(found);
    }
    return chosen;
  }

  /** The number of the word that has a place of the text. */
  #wordAt(place: number): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] as number) <= place) low = middle;
      else high = middle;
    }
    return low;
  }

  #lengthOf(at: number): number {
    return (at + 1 < this.#starts.length ? (this.#starts[at + 1] as number) : this.text.length) - (this.#starts[at] as number) - 1;
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

function bitsOf(number: number): number {
  const pairs = number - ((number >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
