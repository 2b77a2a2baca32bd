import { SourceError } from '../source-error.js';

/** One `field~'text'` of a filter: the field contains the text. */
export interface FilterClause {
  field: string;
  text: string;
}

/** A filter of OneRoster (1.1 chapter 3.4.3, 1.2 chapter 3.4.4): one clause, or two joined by one AND or OR. */
export interface LiveFilter {
  clauses: readonly [FilterClause] | readonly [FilterClause, FilterClause];
  join: 'AND' | 'OR';
}

const MOST_WORDS = 2;
const FEWEST_LETTERS = 2;
/** Neither standard says how a quote within a value is written, so none is sent, nor anything else that means something in a filter. */
const SENDABLE = /[\p{L}\p{M}\p{N}@._+-]+/gu;

const impossible = (why: string): SourceError =>
  new SourceError('live_query_impossible', `A live look-up cannot ask for this: ${why}. It takes one or two words of a name or a title, or one email address or number.`, { retryable: false });

/** The part of a word that can stand in a filter: the longest run of letters and digits, as `Brien` of `O'Brien`. Throws when there is none. */
function sendable(word: string): string {
  const [first = '', ...others] = word.normalize('NFC').match(SENDABLE) ?? [];
  const longest = others.reduce((best, part) => (part.length > best.length ? part : best), first);
  if (!/[\p{L}\p{N}]/u.test(longest)) throw impossible('a word has neither letter nor digit');
  return longest;
}

function wordsOf(q: string): string[] {
  const words = q.split(/[\s,;]+/).filter((word) => word !== '').map(sendable);
  if (words.length === 0) throw impossible('there is no word');
  if (words.length > MOST_WORDS) throw impossible('it has more than two words, and filters of OneRoster take two');
  if (words.every((word) => word.length < FEWEST_LETTERS)) throw impossible('one word needs two letters or digits in a row');
  return words;
}

const contains = (field: string, text: string): FilterClause => ({ field, text });
const either = (one: FilterClause, other: FilterClause): LiveFilter => ({ clauses: [one, other], join: 'OR' });
const both = (one: FilterClause, other: FilterClause): LiveFilter => ({ clauses: [one, other], join: 'AND' });

/** The one or two filters whose answers together are the people that `q` means. Throws `live_query_impossible` with the reason. */
export function filtersForPeople(q: string): readonly LiveFilter[] {
  const [first = '', second] = wordsOf(q);
  if (second === undefined) {
    if (first.includes('@')) return [{ clauses: [contains('email', first)], join: 'AND' }];
    if (/\p{N}/u.test(first)) return [either(contains('identifier', first), contains('username', first))];
    return [either(contains('familyName', first), contains('givenName', first))];
  }
  if (first.includes('@') || second.includes('@')) throw impossible('an email address stands alone');
  return [both(contains('givenName', first), contains('familyName', second)), both(contains('familyName', first), contains('givenName', second))];
}

/** The same for classes: words of a title, or a code. */
export function filtersForClasses(q: string): readonly LiveFilter[] {
  const [first = '', second] = wordsOf(q);
  return [second === undefined ? either(contains('title', first), contains('classCode', first)) : both(contains('title', first), contains('title', second))];
}

/** The filter as it stands in a request. */
export function filterText({ clauses, join }: LiveFilter): string {
  return clauses.map(({ field, text }) => `${field}~'${text}'`).join(` ${join} `);
}

/** Whether a record is one that the filter asks for; texts are compared as `fold` leaves them. */
export function fitsFilter({ clauses, join }: LiveFilter, record: Readonly<Record<string, unknown>>, fold: (text: string) => string): boolean {
  const fits = ({ field, text }: FilterClause): boolean => {
    const value = record[field];
    return (typeof value === 'string' || typeof value === 'number') && fold(String(value)).includes(fold(text));
  };
  return join === 'AND' ? clauses.every(fits) : clauses.some(fits);
}
