/** A piece of a text, and whether it is what was searched for. */
export interface Piece {
  text: string;
  hit: boolean;
}

const MARKS = /\p{M}/gu;
const WORD = /[\p{L}\p{N}]/u;
const NO_WORD = /[^\p{L}\p{N}]+/u;
const DIGIT = /\p{N}/u;
/** The search looks for shorter words, and for numbers, at beginnings alone. */
const SHORTEST_PART = 3;

/** Without accents and case, one output character per input character, so that places stay the same. */
function plain(text: string): string {
  return Array.from(text, (letter) => {
    const bare = letter.normalize('NFD').replace(MARKS, '').toLowerCase();
    return bare.length === letter.length ? bare : letter;
  }).join('');
}

/** Words of a query as the search splits them. */
export function wordsOf(query: string): string[] {
  return plain(query).split(NO_WORD).filter((word) => word !== '').slice(0, 20);
}

/** Cuts a text where its words begin with a word of the query, and with `inside` where they hold one that none of them begins with; accents and case do not count. */
export function splitByMatches(text: string, words: readonly string[], inside = false): Piece[] {
  const where = plain(text);
  const parts = inside ? partsAmong(words, where.split(NO_WORD)) : [];
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = 0; at < where.length;) {
    const startsWord = WORD.test(where[at] ?? '') && (at === 0 || !WORD.test(where[at - 1] ?? ''));
    const hit = longest((startsWord ? words : parts).filter((word) => where.startsWith(word, at)));
    if (hit === 0) {
      at += 1;
      continue;
    }
    if (at > from) pieces.push({ text: text.slice(from, at), hit: false });
    pieces.push({ text: text.slice(at, at + hit), hit: true });
    at += hit;
    from = at;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), hit: false });
  return pieces;
}

/** Words that may be marked inside of `known`, because none of these begins with them. */
function partsAmong(words: readonly string[], known: readonly string[]): string[] {
  return words.filter((word) => word.length >= SHORTEST_PART && !DIGIT.test(word) && !known.some((one) => one.startsWith(word)));
}

function longest(words: readonly string[]): number {
  return words.reduce((length, word) => Math.max(length, word.length), 0);
}
