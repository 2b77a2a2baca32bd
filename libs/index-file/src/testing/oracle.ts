import type { NormalUser } from '@lastgood/contracts';

/** Words of a text by the documented rule, written without the index's own code. */
const wordsOf = (text: string): string[] => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

const numberOf = (text: string): string => text.replace(/\D/g, '');

function everyWord(of: NormalUser): string[] {
  const texts = [of.givenName, of.middleName, of.familyName, of.preferredName, of.username, of.identifier].filter((text) => text !== null);
  const [local, domain] = (of.email ?? '').split('@');
  const phone = numberOf(of.phone ?? '');
  return [...texts.flatMap(wordsOf), ...wordsOf(local ?? ''), (domain ?? '').toLowerCase().replace(/[^a-z0-9]/g, ''), phone, phone.slice(3), phone.slice(6)].filter((word) => word !== '');
}

const nameKey = (name: string | null): string => (name === null || name.trim() === '' ? '\u{10FFFD}' : wordsOfKey(name));
const wordsOfKey = (name: string): string => name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();

export interface OracleQuery {
  q: string;
  school?: string | undefined;
  grade?: string | undefined;
}

/** sourcedIds that a search must give, in order: plain records, filtered one by one. Phones of the records have ten digits. */
export function expected(users: readonly NormalUser[], role: string, { q, school, grade }: OracleQuery): string[] {
  const asked = q.split(/\s+/).flatMap((word) => {
    if (/^[+(]*\d[\d()+./-]*$/.test(word)) return [numberOf(word)];
    if (!word.includes('@')) return wordsOf(word);
    const [local = '', ...domain] = word.split('@');
    return [...wordsOf(local), domain.join('@').toLowerCase().replace(/[^a-z0-9]/g, '')].filter((part) => part !== '');
  });
  if (asked.length === 0 && q.trim() !== '') return [];
  const found = users.filter((each) => {
    if (!each.roles.includes(role)) return false;
    if (school !== undefined && !each.orgIds.includes(school)) return false;
    if (grade !== undefined && !each.grades.some((mine) => Number(mine) === Number(grade))) return false;
    const words = everyWord(each);
    return asked.every((prefix) => words.some((word) => word.startsWith(prefix)));
  });
  const key = (each: NormalUser): Buffer => Buffer.from([nameKey(each.familyName), each.givenName === null ? '' : wordsOfKey(each.givenName), each.sourcedId].join('\u0001'));
  return found.toSorted((a, b) => Buffer.compare(key(a), key(b))).map(({ sourcedId }) => sourcedId);
}
