/** A piece of a text, and whether it is what was searched for. */
export interface Piece {
  text: string;
  hit: boolean;
}

const MARKS = /\p{M}/gu;
const WORD = /[\p{L}\p{N}]/u;

/** Without accents and case, one output character per input character, so that places stay the same. */
function plain(text: string): string {
  return Array.from(text, (letter) => {
    const bare = letter.normalize('NFD').replace(MARKS, '').toLowerCase();
    return bare.length === letter.length ? bare : letter;
  }).join('');
}

/** Words of a query as the search splits them. */
export function wordsOf(query: string): string[] {
  return plain(query).split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '').slice(0, 20);
}

/** Cuts a text where its words begin with a word of the query; accents and case do not count. */
export function splitByMatches(text: string, words: readonly string[]): Piece[] {
  const where = plain(text);
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = 0; at < where.length;) {
    const startsWord = WORD.test(where[at] ?? '') && (at === 0 || !WORD.test(where[at - 1] ?? ''));
    const hit = startsWord ? longest(words.filter((word) => where.startsWith(word, at))) : 0;
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

function longest(words: readonly string[]): number {
  return words.reduce((length, word) => Math.max(length, word.length), 0);
}
