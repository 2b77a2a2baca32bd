import type { NormalUser } from '@lastgood/contracts';

/** Words of a text by the documented rule, written without the index's own code. */
const wordsOf = (text: string): string[] => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

const numberOf = (text: string): string => text.replace(/\D/g, '');

/** Words of names; apostrophes and hyphens inside also as if they were not there. */
function nameWords(of: NormalUser): string[] {
  const names = [of.givenName, of.middleName, of.familyName, of.preferredName].filter((text) => text !== null);
  return names.flatMap((name) => [...wordsOf(name), ...(/[\p{L}\p{N}]['-][\p{L}\p{N}]/u.test(name) ? wordsOf(name.replace(/['-]/g, '')) : [])]);
}

function everyWord(of: NormalUser): string[] {
  const texts = [of.username, of.identifier].filter((text) => text !== null);
  const [local, domain] = (of.email ?? '').split('@');
  const phone = numberOf(of.phone ?? '');
  return [...nameWords(of), ...texts.flatMap(wordsOf), ...wordsOf(local ?? ''), (domain ?? '').toLowerCase().replace(/[^a-z0-9]/g, ''), phone, phone.slice(3), phone.slice(6)].filter((word) => word !== '');
}

const nameKey = (name: string | null): string => (name === null || name.trim() === '' ? '\u{10FFFD}' : wordsOfKey(name));
const wordsOfKey = (name: string): string => name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();

export interface OracleQuery {
  q: string;
  school?: string | undefined;
  grade?: string | undefined;
  role?: string | undefined;
}

/** Words that another one begins with do not count. */
const askedWords = (q: string): string[] => everyAskedWord(q).filter((word, _at, all) => !all.some((other) => other !== word && other.startsWith(word)));

const everyAskedWord = (q: string): string[] => q.split(/\s+/).flatMap((word) => {
  if (/^[+(]*\d[\d()+./-]*$/.test(word)) return [numberOf(word)];
  if (!word.includes('@')) return wordsOf(word);
  const [local = '', ...domain] = word.split('@');
  return [...wordsOf(local), domain.join('@').toLowerCase().replace(/[^a-z0-9]/g, '')].filter((part) => part !== '');
});

/** sourcedIds, in display order, of the records that pass the filters and have every word by `has`. */
function matching(users: readonly NormalUser[], dataset: string, { q, school, grade, role }: OracleQuery, has: (words: readonly string[], asked: string) => boolean): string[] {
  const asked = askedWords(q);
  if (asked.length === 0 && q.trim() !== '') return [];
  const found = users.filter((each) => {
    if (!each.roles.includes(dataset)) return false;
    if (school !== undefined && !each.orgIds.includes(school)) return false;
    if (grade !== undefined && !each.grades.some((mine) => Number(mine) === Number(grade))) return false;
    if (role !== undefined && !each.roles.includes(role)) return false;
    const words = everyWord(each);
    return asked.every((word) => has(words, word));
  });
  const key = (each: NormalUser): Buffer => Buffer.from([nameKey(each.familyName), each.givenName === null ? '' : wordsOfKey(each.givenName), each.sourcedId].join('\u0001'));
  return found.toSorted((a, b) => Buffer.compare(key(a), key(b))).map(({ sourcedId }) => sourcedId);
}

/** sourcedIds that a search must give, in order: plain records, filtered one by one. Phones of the records have ten digits. */
export function expected(users: readonly NormalUser[], dataset: string, query: OracleQuery): string[] {
  return matching(users, dataset, query, (words, asked) => words.some((word) => word.startsWith(asked)));
}

/** Edits between two words: letters too many, missing, wrong, or swapped with their neighbour; by the definition, without a short cut. */
export function edits(one: string, other: string): number {
  const table = Array.from({ length: one.length + 1 }, (_, row) => Array.from({ length: other.length + 1 }, (_unused, column) => (row === 0 ? column : column === 0 ? row : 0)));
  const at = (row: number, column: number): number => (table[row] as number[])[column] as number;
  for (let row = 1; row <= one.length; row++) {
    for (let column = 1; column <= other.length; column++) {
      const steps = [at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + Number(one[row - 1] !== other[column - 1])];
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) steps.push(at(row - 2, column - 2) + 1);
      (table[row] as number[])[column] = Math.min(...steps);
    }
  }
  return at(one.length, other.length);
}

/** sourcedIds that a search must give behind the exact ones: first those one edit or an inner part away, then those two edits away. */
export function expectedSimilar(users: readonly NormalUser[], dataset: string, query: OracleQuery): string[] {
  const exact = expected(users, dataset, query);
  const names = new Set(users.filter(({ roles }) => roles.includes(dataset)).flatMap(nameWords).filter((word) => word.length > 1 && !/\d/.test(word)));
  const tier = (most: number): string[] => matching(users, dataset, query, (words, asked) => {
    const tolerated = asked.length >= 3 && !/\d/.test(asked);
    const allowed = Math.min(most, asked.length < 6 ? 1 : 2);
    const like = tolerated ? [...names].filter((name) => name.includes(asked) || edits(name, asked) <= allowed) : [];
    return [asked, ...like].some((start) => words.some((word) => word.startsWith(start)));
  });
  return [...new Set([...tier(1), ...tier(2)])].filter((id) => !exact.includes(id));
}
