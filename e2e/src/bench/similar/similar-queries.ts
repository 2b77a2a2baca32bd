import { seeded } from '../queries.js';
import type { PeopleOfManyNames } from './similar-people.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** Shorter words are typed as they are. */
const SHORTEST_CHANGED = 4;
const TWO_EDITS_FROM = 6;

/** What queries are made of. `partShare`: which share of the words are inner parts of names; the others have one or two typing errors. */
export interface SimilarQueries {
  words: number;
  partShare: number;
  count: number;
  seed: number;
}

/** Different queries; in half of them the words are names of one person, in the others of as many people. */
export function similarQueries(people: PeopleOfManyNames, { words, partShare, count, seed }: SimilarQueries): string[] {
  const random = seeded(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const namesOfSomebody = (): string[] => {
    const { givenName, middleName, familyName } = people.at(below(people.count));
    return [...new Set(`${givenName} ${middleName ?? ''} ${familyName}`.toLowerCase().split(/[^\p{L}]+/u))].filter((word) => word.length >= SHORTEST_CHANGED);
  };
  const queries = new Set<string>();
  while (queries.size < count) {
    const names = namesOfSomebody();
    if (queries.size % 2 === 1) for (let at = 0; at < words; at++) names[at] = namesOfSomebody()[0] ?? '';
    const asked = names.sort(() => random() - 0.5).slice(0, words).filter((name) => name !== '');
    if (asked.length === words) queries.add(asked.map((name) => (random() < partShare ? innerPart(name, below) : mistyped(name, below))).join(' '));
  }
  return [...queries];
}

function innerPart(name: string, below: (most: number) => number): string {
  const start = 1 + below(name.length - 3);
  return name.slice(start, start + 3 + below(3));
}

function mistyped(name: string, below: (most: number) => number): string {
  let typed = name;
  for (let edits = name.length < TWO_EDITS_FROM ? 1 : 1 + below(2); edits > 0; edits--) {
    const at = below(typed.length);
    const [before, letter, after] = [typed.slice(0, at), typed.slice(at, at + 1), typed.slice(at + 1)];
    const other = LETTERS[below(LETTERS.length)] as string;
    typed = [before + after, before + other + letter + after, before + other + after, before + after.slice(0, 1) + letter + after.slice(1)][below(4)] as string;
  }
  return typed;
}
